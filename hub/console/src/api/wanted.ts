// Routes of the console specification that the contract does not name yet. A route leaves this file on the day
// openapi.yaml has it; the screens that use one are shown only where the session says that the hub has it.

type Json = Record<string, unknown>
interface Answers {
  responses: { 200: { content: { 'application/json': Json } } }
}
interface Reads<Path = undefined, Query = undefined> extends Answers {
  parameters: Path extends undefined ? { query?: Query } : { path: Path; query?: Query }
}
interface Acts<Path = undefined> extends Answers {
  parameters: { path: Path }
  requestBody: { content: { 'application/json': Json } }
}
interface Ends<Path = undefined> extends Answers {
  parameters: { path: Path }
}
interface Id {
  id: string
}
interface Ref {
  ref: string
}

export interface Wanted {
  '/api/v1/session': { get: Reads; post: Acts; delete: Ends }
  '/api/v1/session/second': { post: Acts }
  '/api/v1/session/renewal': { post: Acts }
  '/api/v1/session/others': { get: Reads }
  '/api/v1/session/others/{id}': { delete: Ends<Id> }
  '/api/v1/first/{link}': { get: Reads<{ link: string }>; post: Acts<{ link: string }> }
  '/api/v1/activate/{link}': { get: Reads<{ link: string }>; post: Acts<{ link: string }> }
  '/api/v1/account/password': { put: Acts }
  '/api/v1/account/accesses': { get: Reads }
  '/api/v1/leads/{id}/history': { get: Reads<Id> }
  '/api/v1/leads/{id}/decisions': { post: Acts<Id> }
  '/api/v1/leads/{id}/countersignature': { post: Acts<Id> }
  '/api/v1/leads/{id}/proposal': { delete: Ends<Id> }
  '/api/v1/leads/{id}/assignee': { put: Acts<Id> }
  '/api/v1/openings': { get: Reads; post: Acts }
  '/api/v1/openings/{id}': { delete: Ends<Id> }
  '/api/v1/persons/search': { post: Acts }
  '/api/v1/persons/{ref}/families': { get: Reads<Ref, { valid_at?: string; known_at?: string }> }
  '/api/v1/families/{ref}': { get: Reads<Ref, { valid_at?: string; known_at?: string }> }
  '/api/v1/quarantine/{id}': { get: Reads<Id> }
  '/api/v1/quarantine/{id}/replay': { post: Acts<Id> }
  '/api/v1/quarantine/discards': { post: Acts }
  '/api/v1/audit': {
    get: Reads<undefined, { limit?: number; before?: number; account?: string; operation?: string }>
  }
  '/api/v1/audit/checkpoint': { get: Reads }
  '/api/v1/accounts': { get: Reads; post: Acts }
  '/api/v1/accounts/{id}': { get: Reads<Id>; patch: Acts<Id> }
  '/api/v1/accounts/{id}/grants': { put: Acts<Id> }
  '/api/v1/accounts/{id}/activation': { post: Acts<Id> }
  '/api/v1/accounts/{id}/unlock': { post: Acts<Id> }
  '/api/v1/roles': { get: Reads }
}
