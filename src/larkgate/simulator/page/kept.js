// What the browser remembers of this page; a private window may refuse to.

const name = (key) => `larkgate-${key}`;

export function keep(key, value) {
  try {
    localStorage.setItem(name(key), value);
  } catch {
    // then it is forgotten
  }
}

export function kept(key) {
  try {
    return localStorage.getItem(name(key));
  } catch {
    return null;
  }
}
