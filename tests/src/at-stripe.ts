import { UPSTREAM_KEY } from "./stack.ts";

/** The emulated Stripe as a person with the real key sees it, past the proxy. Throws for what Stripe refuses. */
export function atStripe(emulatorUrl: string, credential = UPSTREAM_KEY) {
  const send = async (method: string, path: string, form?: Record<string, string | number>) => {
    const response = await fetch(`${emulatorUrl}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${credential}` },
      ...(form === undefined ? {} : { body: new URLSearchParams(texts(form)) }),
    });
    const object = (await response.json()) as any;
    if (response.status !== 200) throw new Error(`${method} ${path}: ${JSON.stringify(object)}`);
    return object;
  };
  return {
    get: (path: string) => send("GET", path),
    make: (path: string, form: Record<string, string | number> = {}) => send("POST", path, form),
  };
}

function texts(form: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(form).map(([name, value]) => [name, String(value)]));
}
