// The hand of an agent that calls Stripe's official Go package. Reads calls from standard input, one JSON object a line,
// and prints what the program saw of each in the same way. The first line that it prints has the package's own settings.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strconv"

	"github.com/stripe/stripe-go/v85"
)

type call struct {
	Act         string
	Amount      int64
	Reference   string
	Description *string
	Charge      string
}

func main() {
	config := &stripe.BackendConfig{
		URL:           stripe.String(os.Getenv("KEYBRAKE_URL")),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	}
	if retries, err := strconv.ParseInt(os.Getenv("KEYBRAKE_RETRIES"), 10, 64); err == nil {
		config.MaxNetworkRetries = stripe.Int64(retries)
	}
	backends := stripe.NewBackendsWithConfig(config)
	api := backends.API.(*stripe.BackendImplementation)
	client := stripe.NewClient(os.Getenv("KEYBRAKE_VAULT_KEY"), stripe.WithBackends(backends))
	out := json.NewEncoder(os.Stdout)
	_ = out.Encode(map[string]any{
		"retries":    api.MaxNetworkRetries,
		"timeout_ms": api.HTTPClient.Timeout.Milliseconds(),
	})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var asked call
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		id, err := carryOut(client, asked)
		_ = out.Encode(map[string]any{"id": id, "error": describe(err)})
	}
}

func carryOut(client *stripe.Client, asked call) (string, error) {
	ctx := context.Background()
	if asked.Act == "refund" {
		made, err := client.V1Refunds.Create(ctx, &stripe.RefundCreateParams{Charge: stripe.String(asked.Charge)})
		if err != nil {
			return "", err
		}
		return made.ID, nil
	}
	params := &stripe.ChargeCreateParams{
		Amount: stripe.Int64(asked.Amount), Currency: stripe.String("usd"), Description: asked.Description,
	}
	params.SetSource("tok_visa")
	params.AddMetadata("reference", asked.Reference)
	made, err := client.V1Charges.Create(ctx, params)
	if err != nil {
		return "", err
	}
	return made.ID, nil
}

func describe(err error) map[string]any {
	if err == nil {
		return nil
	}
	var refused *stripe.Error
	if errors.As(err, &refused) {
		return map[string]any{
			"kind": refused.Type, "status": refused.HTTPStatusCode, "code": refused.Code, "message": refused.Msg,
		}
	}
	return map[string]any{"kind": "network", "status": 0, "code": "", "message": err.Error()}
}
