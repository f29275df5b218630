/** The partition that a document belongs to (FNV-1a over UTF-16 units): the same on every machine, for ever. */
export const partitionOf = (id: string, partitions: number): number => {
  if (partitions === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % partitions;
};
