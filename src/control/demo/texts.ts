/** What the people of the demonstration say. Made up for it; no real person is meant. */
export const people = (
  'ada bruno chiara dmitri emeka farah greta hugo ines jonas katya liam mira nils olga pavel quinn rosa sven tara ' +
  'umar vera wim xenia yuri zoe anouk boris clara daan'
).split(' ');

export const bios = [
  'Writes small programs and long letters.',
  'Walks a lot. Photographs bridges.',
  'Bakes bread, breaks builds.',
  'Reads the manual first.',
  'Собирает старые карты и новые истории.',
  'Gardener by day, gardener by night.',
] as const;

export const openings = [
  'Today I finally got round to',
  'A year ago I would not have believed it, but I am',
  'Nobody asked, still: I spent the weekend',
  'Small victory:',
  'Can anybody recommend something on',
  'Three things I learnt from',
  'Unpopular opinion about',
  'Сегодня наконец-то:',
  'The best part of this week was',
  'A short note on',
] as const;

export const subjects = [
  'repairing an old bicycle',
  'growing tomatoes on a balcony',
  'reading the whole log of a database',
  'learning to play the cello at forty',
  'walking from one end of the city to the other',
  'cooking for twelve people in a tiny kitchen',
  'night trains',
  'rewriting a program that nobody had dared to touch',
  'teaching my grandmother to use a map',
  'swimming in the lake until October',
  'чай с чабрецом и долгие разговоры',
  'photographing the same tree every morning',
  'keeping bees',
  'fixing the roof before the rain came',
  'a library that is open all night',
] as const;

export const thoughts = [
  'It took longer than planned and was worth every minute.',
  'I made every mistake that one can make, some of them twice.',
  'Next time I shall begin with the boring part.',
  'If you have done this before, tell me what I missed.',
  'The trick is to stop while it is still fun.',
  'Теперь знаю, с чего начинать в следующий раз.',
  'Everything you need fits into one bag.',
  'I wrote down each step, so that I can laugh about it later.',
  'The neighbours helped, which was the nicest surprise.',
  'No, I would not do it again. Yes, I am glad I did.',
] as const;

export const replies = [
  'This is exactly how it went for me.',
  'I do not agree, but you say it well.',
  'How long did that take you?',
  'Thank you, I needed to read this today.',
  'Have you tried it the other way round?',
  'Wait, what happened to the cat?',
  'Согласна с каждым словом.',
  'Two years later you will laugh about it. I do.',
  'Please write the second part!',
  'Can I come along next time?',
  'That is the spirit.',
  'I have a spare one, if you want it.',
  'Не верю, пока не увижу фотографию.',
  'You had me at the first sentence.',
  'No. But also: yes.',
  'My father used to say the same.',
  'And then?',
  'We tried, it rained, it was lovely.',
] as const;

export const places = ['Lisbon', 'Tbilisi', 'Utrecht', 'Казань', 'Bergen', 'Trieste'] as const;
