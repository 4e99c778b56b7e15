"use strict";

// The example of every Idempotency-Key in the document: what nobody typed is replaced, so that each try is a new one.
const EXAMPLE_KEY = "3f0c2a9e-8f0e-4f0b-9a57-0d7c3f1c2b11";

function freshKey(request) {
  const isWrite = !["GET", "HEAD"].includes((request.method || "GET").toUpperCase());
  if (isWrite && new URL(request.url, location.href).pathname.startsWith("/v1/")) {
    const given = request.headers["Idempotency-Key"];
    if (!given || given === EXAMPLE_KEY) request.headers["Idempotency-Key"] = crypto.randomUUID();
  }
  return request;
}

const ui = SwaggerUIBundle({
  url: "{{ schema_url|escapejs }}",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  requestInterceptor: freshKey,
  ...{{ settings|safe }},
});

ui.initOAuth({{ oauth2_config|safe }});

// Who follows a link to an operation sees it, whatever is drawn above it later; until they move the page themselves.
function keepInSight(page) {
  const [tag, operation] = decodeURIComponent(location.hash).replace("#/", "").replaceAll(" ", "_").split("/");
  if (!operation) return;
  const follow = new ResizeObserver(() => document.getElementById(`operations-${tag}-${operation}`)?.scrollIntoView());
  follow.observe(page);
  for (const taken of ["wheel", "touchstart", "mousedown", "keydown"]) {
    addEventListener(taken, () => follow.disconnect(), { once: true, passive: true });
  }
}

keepInSight(document.getElementById("swagger-ui"));
