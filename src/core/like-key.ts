/** What names one user's like of one thing in the read model, for the projection that writes it and the queries that ask. */
export const likeKey = (targetId: string, userId: string): string => `${targetId}:${userId}`;
