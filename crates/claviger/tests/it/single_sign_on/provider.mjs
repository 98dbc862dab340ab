// A certified provider of OpenID Connect with keys made at its start. Arguments: the folder with its packages, the
// address that browsers come back to, a file with the accounts by login, and whether ID tokens carry every claim.
// Its first line names its issuer; it ends with its standard input.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [packages, redirect, accounts, full] = process.argv.slice(2);
const from = createRequire(pathToFileURL(`${packages}/package.json`));
const load = (name) => import(pathToFileURL(from.resolve(name)));
const { Provider } = await load('oidc-provider');
const { generateKeyPair, exportJWK } = await load('jose');

const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const keys = await Promise.all(algorithms.map(async (alg) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: alg };
}));

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const client = {
  redirect_uris: [redirect],
  grant_types: ['authorization_code'],
  response_types: ['code'],
};
const provider = new Provider(issuer, {
  clients: [
    ...algorithms.map((alg) => ({
      ...client,
      client_id: `claviger-${alg}`,
      client_secret: 'a-made-up-secret-of-a-client',
      id_token_signed_response_alg: alg,
    })),
    { ...client, client_id: 'claviger-public', token_endpoint_auth_method: 'none' },
  ],
  jwks: { keys },
  enabledJWA: {
    idTokenSigningAlgValues: algorithms,
  },
  claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email'], groups: ['groups'] },
  conformIdTokenClaims: full !== 'full',
  pkce: { required: () => true },
  async findAccount(context, login) {
    const account = JSON.parse(readFileSync(accounts, 'utf8'))[login];
    return account && { accountId: login, claims: async () => ({ sub: login, ...account }) };
  },
});
server.on('request', provider.callback());
console.log(issuer);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
