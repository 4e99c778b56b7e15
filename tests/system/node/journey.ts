// A partner's program on types that openapi-typescript generates from the document (./stockwire.d.ts).
// What stands between `// guide` and `// end` is quoted by docs/guides/clients.md, and a test holds the two together.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

// guide: token
import createClient from "openapi-fetch";
import { Webhook } from "standardwebhooks";
import type { components, paths } from "./stockwire.js";

async function connect(baseUrl: string, clientId: string, clientSecret: string, scope: string) {
  const answer = await fetch(`${baseUrl}/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials", scope }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${access_token}` } });
}
// end

type InventoryUpdated = components["schemas"]["InventoryUpdatedEvent"];

function fromEnvironment(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set`);
  return value;
}

const base = fromEnvironment("STOCKWIRE_API");
const SCOPE = "inventory:read inventory:write";
const supplier = await connect(base, fromEnvironment("SUPPLIER_ID"), fromEnvironment("SUPPLIER_SECRET"), `${SCOPE} webhooks:write`);
const retailer = await connect(base, fromEnvironment("RETAILER_ID"), fromEnvironment("RETAILER_SECRET"), SCOPE);
const item = { supplierId: "SUP123", productId: "HOTSAUCE789" };

// A receiver that answers at once and verifies the raw body.
let secret = "";
const received: InventoryUpdated[] = [];
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  response.writeHead(204).end();
  const body = Buffer.concat(chunks);
  // guide: event
  const event = new Webhook(secret).verify(body.toString(), request.headers as Record<string, string>) as InventoryUpdated;
  // end
  received.push(event);
  receiver.emit("received");
});
receiver.listen(0, "127.0.0.1");
await once(receiver, "listening");
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;

const webhook = await supplier.POST("/v1/webhooks", {
  params: {},
  body: { url, eventTypes: ["inventory.updated"] },
});
assert.ok(webhook.data);
secret = webhook.data.secret;

async function receive(productId: string, quantity: number) {
  // guide: post
  const posted = await supplier.POST("/v1/inventory/{supplierId}/{productId}", {
    params: { path: { ...item, productId }, header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { type: "receipt", quantity, warehouseLocation: "Warehouse_A" },
  });
  // end
  assert.ok(posted.data, JSON.stringify(posted.error));
  assert.ok("item" in posted.data, "a movement under a code of ours is booked, not parked");
  return posted.data;
}

// Post stock as a supplier, receive the webhook.
const first = once(receiver, "received");
const posted = await receive("HOTSAUCE789", 500);
assert.ok("inventoryLevel" in posted.item);
assert.deepEqual([posted.item.inventoryLevel, posted.item.version], [500, 1]);
await first;
assert.deepEqual([received[0]?.subject, received[0]?.sequence, received[0]?.data.availableQuantity], ["SUP123/HOTSAUCE789", "1", 500]);

// Read it as retail partner and as supplier.
const read = (client: typeof supplier) =>
  client.GET("/v1/inventory/{supplierId}/{productId}", { params: { path: item } });
const seen = (await read(retailer)).data;
assert.ok(seen && "batches" in seen && !("inventoryLevel" in seen));
assert.deepEqual([seen.availableQuantity, seen.leadTimeDays], [500, 14]);
assert.deepEqual((await read(supplier)).data, posted.item);

// Reserve, be refused with facts, replay.
const reserve = (quantity: number, key: string) =>
  retailer.POST("/v1/inventory/{supplierId}/{productId}", {
    params: { path: item, header: { "Idempotency-Key": key } },
    body: { type: "reservation", quantity, reference: "BASKET-1" },
  });
const held = await reserve(50, "basket-1");
assert.ok(held.data && "item" in held.data);
assert.equal(held.data.item.availableQuantity, 450);
// guide: refused
const refused = await reserve(5000, crypto.randomUUID());
const why = refused.error?.code === "insufficient_stock" ? `only ${refused.error.available}` : "";
// end
assert.deepEqual([refused.response.status, why], [409, "only 450"]);
const replayed = await reserve(50, "basket-1");
assert.deepEqual(replayed.data, held.data);
assert.equal(replayed.response.headers.get("Idempotent-Replayed"), "true");

// Page through a list.
await receive("HOTSAUCE790", 7);
// guide: pages
const products: string[] = [];
let pageToken: string | undefined;
do {
  const page = await retailer.GET("/v1/inventory", { params: { query: { pageSize: 1, pageToken } } });
  products.push(...(page.data?.data ?? []).map((row) => row.productId));
  pageToken = page.data?.nextPageToken ?? undefined;
} while (pageToken);
// end
assert.deepEqual(products, ["HOTSAUCE789", "HOTSAUCE790"]);

// Patch with a version; a stale one is refused.
const etag = (await read(supplier)).response.headers.get("ETag");
assert.ok(etag);
const setThreshold = (reorderThreshold: number) =>
  // guide: patch
  supplier.PATCH("/v1/inventory/{supplierId}/{productId}", {
    params: { path: item, header: { "If-Match": etag } },
    body: { reorderThreshold },
  });
// end
const changed = (await setThreshold(20)).data;
assert.ok(changed && "reorderThreshold" in changed);
assert.equal(changed.reorderThreshold, 20);
const stale = await setThreshold(30);
assert.deepEqual([stale.response.status, stale.error?.code, stale.error?.currentVersion], [412, "version_conflict", 3]);

receiver.close();
receiver.closeAllConnections();
console.log("The journey ends well.");
