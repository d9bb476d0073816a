export const lower = (text) => text.toLowerCase();
