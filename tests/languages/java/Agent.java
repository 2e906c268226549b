import com.google.gson.Gson;
import com.stripe.StripeClient;
import com.stripe.exception.StripeException;
import com.stripe.param.ChargeCreateParams;
import com.stripe.param.RefundCreateParams;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The hand of an agent that calls Stripe's official Java package. Reads calls from standard input, one JSON object a
 * line, and prints what the program saw of each in the same way. The first line that it prints has the package's own
 * settings.
 */
class Agent {
  private static final Gson JSON = new Gson().newBuilder().serializeNulls().create();

  private static class Call {
    String act;
    long amount;
    String reference;
    String description;
    String charge;
  }

  public static void main(String[] args) throws IOException {
    StripeClient.StripeClientBuilder settings =
        StripeClient.builder()
            .setApiKey(System.getenv("KEYBRAKE_VAULT_KEY"))
            .setApiBase(System.getenv("KEYBRAKE_URL"));
    if (System.getenv("KEYBRAKE_RETRIES") != null) {
      settings.setMaxNetworkRetries(Integer.parseInt(System.getenv("KEYBRAKE_RETRIES")));
    }
    StripeClient client = settings.build();
    Map<String, Object> own = new LinkedHashMap<>();
    own.put("retries", settings.getMaxNetworkRetries());
    own.put("timeout_ms", settings.getReadTimeout());
    System.out.println(JSON.toJson(own));
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Map<String, Object> seen = new LinkedHashMap<>();
      try {
        seen.put("id", carryOut(client, JSON.fromJson(line, Call.class)));
        seen.put("error", null);
      } catch (StripeException error) {
        seen.put("id", "");
        seen.put("error", describe(error));
      }
      System.out.println(JSON.toJson(seen));
    }
  }

  private static String carryOut(StripeClient client, Call asked) throws StripeException {
    if (asked.act.equals("refund")) {
      return client.v1().refunds().create(RefundCreateParams.builder().setCharge(asked.charge).build()).getId();
    }
    ChargeCreateParams params =
        ChargeCreateParams.builder()
            .setAmount(asked.amount)
            .setCurrency("usd")
            .setSource("tok_visa")
            .setDescription(asked.description)
            .putMetadata("reference", asked.reference)
            .build();
    return client.v1().charges().create(params).getId();
  }

  private static Map<String, Object> describe(StripeException error) {
    Map<String, Object> seen = new LinkedHashMap<>();
    seen.put("kind", error.getClass().getSimpleName());
    seen.put("status", error.getStatusCode() == null ? 0 : error.getStatusCode());
    seen.put("code", error.getCode());
    seen.put("message", error.getMessage());
    return seen;
  }
}
