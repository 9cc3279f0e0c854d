// The token that forms of this page send. A page that outlived its person's session gets another with the refusal.
const HEADER = "X-Renewed-CSRF-Token";
const FIELD = "csrf_token";
const INHERITED = "hx-headers:inherited";

/** Takes over the token an answer (its Headers) brings; answers whether there was one. */
export function renewToken(headers) {
  const token = headers?.get(HEADER);
  if (!token) return false;
  for (const field of document.querySelectorAll(`input[name="${FIELD}"]`)) field.value = token;
  const sent = JSON.parse(document.body.getAttribute(INHERITED) ?? "{}");
  document.body.setAttribute(INHERITED, JSON.stringify({ ...sent, "X-CSRFToken": token }));
  return true;
}

document.addEventListener("htmx:after:request", (event) => renewToken(event.detail.ctx.response?.headers));
