/** A plain-text mail. `messageId` derives from what caused it, so that a repeat is recognised by the receiver. */
export interface Mail {
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * 1. A mail for which `send` resolved is durable or handed over.
 * 2. Sending the same `messageId` again is harmless: at least once, recognisable.
 * 3. Neither subject nor recipient can smuggle headers (CR, LF are refused).
 */
export interface Mailer {
  send(mail: Mail): Promise<void>;
  close(): Promise<void>;
}
