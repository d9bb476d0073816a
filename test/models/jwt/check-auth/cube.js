// Cube's own checkAuth: fetch the key set, pick the key by its id, verify. What it sets is the security context.
const { decodeProtectedHeader, importJWK, jwtVerify } = require('jose');

module.exports = {
  checkAuth: async (req, auth) => {
    const { keys } = await fetch(process.env.JWKS_URL).then((answer) => answer.json());
    const { kid } = decodeProtectedHeader(auth);
    const jwk = keys.find((key) => key.kid === kid);
    if (!jwk) throw new Error(`there is no key ${kid}`);
    const { payload } = await jwtVerify(auth, await importJWK(jwk, 'RS256'), {
      algorithms: ['RS256'],
      requiredClaims: ['exp'],
    });
    req.securityContext = payload;
  },
};
