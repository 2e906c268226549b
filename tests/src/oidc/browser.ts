/** As much of a browser as signing in takes: cookies by host and path, redirects, and forms that are filled in. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

interface Cookie {
  readonly host: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

export class Browser {
  #cookies: readonly Cookie[] = [];
  readonly #places: Readonly<Record<string, string>>;

  /** `places`: where an origin really is. */
  constructor(places: Readonly<Record<string, string>> = {}) {
    this.#places = places;
  }

  /** One request with its cookies; redirects are answers. */
  async send(address: string | URL, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address);
    const place = this.#places[url.origin];
    const target = place === undefined ? url : new URL(`${url.pathname}${url.search}`, place);
    const headers = new Headers(init.headers);
    const cookie = this.cookiesFor(url);
    if (cookie !== "") headers.set("cookie", cookie);
    const response = await fetch(target, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#keep(url, line);
    return response;
  }

  /** Follows redirects. */
  async open(address: string | URL, init: RequestInit = {}): Promise<Page> {
    let url = new URL(address);
    let response = await this.send(url, init);
    for (let times = 0; times < 20 && response.headers.has("location"); times++) {
      await response.body?.cancel();
      url = new URL(response.headers.get("location") ?? "", url);
      response = await this.send(url);
    }
    return { url, status: response.status, text: await response.text(), headers: response.headers };
  }

  /** Fills in the form of a page with these fields beside its hidden ones. */
  submit({ url, text }: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
    const action = /<form[^>]*\baction="([^"]*)"/.exec(text)?.[1];
    if (action === undefined) throw new Error(`no form at ${url}: ${text.slice(0, 500)}`);
    const hidden = [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    const body = new URLSearchParams();
    for (const [, name = "", value = ""] of hidden) body.set(name, value);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return this.open(new URL(action, url), { method: "POST", body });
  }

  /** The `Cookie` header of a request there; empty without any. */
  cookiesFor({ hostname, pathname }: URL): string {
    const sent = this.#cookies.filter(({ host, path }) => host === hostname && pathname.startsWith(path));
    return sent.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  #keep({ hostname: host }: URL, line: string): void {
    const [pair = "", ...attributes] = line.split(/;\s*/);
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    const path = /^path=(.*)$/i.exec(attributes.find((one) => /^path=/i.test(one)) ?? "")?.[1] ?? "/";
    const others = this.#cookies.filter((one) => one.host !== host || one.path !== path || one.name !== name);
    this.#cookies = value === "" ? others : [...others, { host, path, name, value }];
  }
}
