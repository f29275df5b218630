/** One call of the API outside of what is measured: setting up and checking. */
export interface Reply<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

export interface Person {
  readonly id: string;
  readonly token: string;
  readonly login: string;
}

export const benchPassword = 'correct horse battery staple';

export class Api {
  readonly #base: string;

  constructor(port: number) {
    this.#base = `http://127.0.0.1:${port}`;
  }

  get<Body>(path: string, token?: string): Promise<Reply<Body>> {
    return this.#call<Body>('GET', path, undefined, token);
  }

  post<Body>(path: string, body: unknown, token?: string): Promise<Reply<Body>> {
    return this.#call<Body>('POST', path, body, token);
  }

  /** Registers `bench-0` … and signs them in; those who are there already are only signed in. */
  async people(count: number): Promise<readonly Person[]> {
    const people: Person[] = [];
    for (let index = 0; index < count; index += 1) people.push(await this.#person(`bench-${index}`));
    return people;
  }

  async publish(content: string, token: string): Promise<string> {
    const { body } = await this.post<{ readonly id: string }>('/posts', { content }, token);
    return body.id;
  }

  async #person(username: string): Promise<Person> {
    const credentials = { login: username, password: benchPassword };
    const known = await this.#call('POST', '/auth/login', credentials, undefined, [200, 401]);
    if (known.status === 401) await this.post('/auth/register', { username, password: benchPassword });
    const signedIn = known.status === 200 ? known : await this.post('/auth/login', credentials);
    const { access_token: token } = signedIn.body as { readonly access_token: string };
    const { body } = await this.get<{ readonly id: string }>('/auth/me', token);
    return { id: body.id, token, login: username };
  }

  async #call<Body>(
    method: string,
    path: string,
    body: unknown,
    token: string | undefined,
    expected: readonly number[] = [200, 201],
  ): Promise<Reply<Body>> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    if (!expected.includes(status)) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return { status, headers, text, body: (text === '' ? undefined : JSON.parse(text)) as Body };
  }
}
