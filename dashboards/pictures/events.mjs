// node events.mjs SECONDS PRODUCTION STAGING
//
// Gives the history of two simulated accounts some life: objects come and go, requests fail, wait and
// are throttled. At the end one right and one collector are missing, so that the pictures show both.
const [seconds, production, staging] = [Number(process.argv[2]), ...process.argv.slice(3)];

async function api(simulator) {
  const form = { grant_type: 'client_credentials', client_id: 'EU.0123456789abcdef', client_secret: 'simulated-client-secret', scope: 'all' };
  const answer = await fetch(`${simulator}/auth/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token: token } = await answer.json();
  return async (path) => (await fetch(`${simulator}/1.0${path}`, { headers: { Authorization: `Bearer ${token}` } })).json();
}

async function faults(simulator, ...list) {
  const answer = await fetch(`${simulator}/_simulator/faults`, { method: 'PUT', body: JSON.stringify(list) });
  if (!answer.ok) throw new Error(`faults: ${answer.status} ${await answer.text()}`);
}

const serve = (path, status, body) => ({ path, effect: { body: { status, body: JSON.stringify(body) } } });
const fail = (path, status) => ({ path, effect: { status } });

const get = await api(production);
const [project] = await get('/cloud/project');
const keys = `/cloud/project/${project}/sshkey`;
const instances = `/cloud/project/${project}/instance`;
const [key] = await get(keys);
const added = { ...key, id: 'bGFwdG9w', name: 'laptop', publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILm+W8kYBAJ3zLBkfJ8k0mVpBqWBbGJEzCqkaqcJMnYE laptop' };
const changed = [serve(keys, 200, [...(await get(keys)), added]), serve(instances, 200, (await get(instances)).slice(2))];
const forbidden = serve('/me/api/log/subscription', 403, {
  class: 'Client::Forbidden',
  message: 'User not granted for this request',
  details: { unauthorizedActionsByAuthentication: '', unauthorizedActionsByIAM: 'account:apiovh:me/api/log/subscription/get' },
});
const throttled = { path: '/cloud/project/*', effect: { retry_after: { status: 429, seconds: 1 } }, times: 40 };
const slow = { path: '/cloud/project/*', effect: { delay: 400 } };

const TIMES = [
  [0.25, () => faults(production, ...changed)],
  [0.4, () => faults(production, ...changed, fail('/cloud/project/{serviceName}/volume', 503))],
  [0.55, () => faults(production, ...changed, slow)],
  [0.65, () => Promise.all([faults(production, ...changed), faults(staging, throttled)])],
  [0.8, () => faults(staging, forbidden, fail('/me/identity/group', 500))],
];
const began = Date.now();
for (const [part, event] of TIMES) {
  await new Promise((resume) => setTimeout(resume, began + part * seconds * 1000 - Date.now()));
  await event();
}
