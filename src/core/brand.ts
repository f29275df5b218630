declare const brand: unique symbol;

/** A `T` that only a parser of `Name` can make, so that a user's id never compiles where a post's belongs. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
