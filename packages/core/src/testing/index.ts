export { startTestProxy, type TestKey, type TestMovement, type TestProxy } from "./start-test-proxy.ts";
