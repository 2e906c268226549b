import { parcelDeclared } from "./declared/parcel-declared.ts";
import { parcelUnderTest } from "./parcel/parcel-under-test.ts";
import { runVendorContract } from "./run-vendor-contract.ts";
import { stripeUnderTest } from "./stripe-under-test.ts";

runVendorContract(stripeUnderTest);
runVendorContract(parcelUnderTest, { beside: [stripeUnderTest] });
runVendorContract(parcelDeclared, { beside: [stripeUnderTest] });
