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
