// What one person likes on one device: kept in the browser, never on the server.
export function remember(key, value) {
  try {
    localStorage.setItem(`proofsheet:${key}`, value);
  } catch {
    // Private windows may refuse storage; the choice then lasts as long as the page.
  }
}

export function recall(key) {
  try {
    return localStorage.getItem(`proofsheet:${key}`);
  } catch {
    return null;
  }
}
