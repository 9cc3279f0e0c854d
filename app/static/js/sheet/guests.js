// Tiles that are looked at although their part of the sheet is not in the document: a survey or a comparison may reach over
// all of it. What is decided about them is drawn on them too.
const guests = new Map(); // position → tile

export const guestOf = (position) => guests.get(position) ?? null;

/** From now on until `dismiss` this tile is known, whatever becomes of its place in the document. */
export const invite = (position, tile) => guests.set(position, tile);

export const dismiss = () => guests.clear();
