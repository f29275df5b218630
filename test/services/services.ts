/** The server that the services suite runs against; one that is not there is a failure, never a skip. */
export const serviceUrl = (variable: 'REDIS_URL' | 'MONGODB_URL' | 'EVENTSTORE_URL'): string => {
  const url = process.env[variable];
  if (url === undefined || url === '') {
    throw new Error(`${variable} is not set. Start the server (docs/operations.md) and give its URL.`);
  }
  return url;
};
