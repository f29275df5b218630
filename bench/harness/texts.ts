/** 140 characters, as comments go. */
export const commentText =
  'A comment as people write them: two short sentences, some opinion, no surprise. It is as long as a message on a phone is before one scrolls.';

/** So long that 20 posts as JSON make a page of some 5–10 KB. */
export const postText =
  'A post of a few lines, with what somebody saw today and thought about it afterwards.';
