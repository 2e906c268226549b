// Charges once or more with Stripe's official Go package and prints what the program saw, one JSON line per call.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/charge"
)

func main() {
	stripe.Key = os.Getenv("KEYBRAKE_VAULT_KEY")
	stripe.SetBackend(stripe.APIBackend, stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL:           stripe.String(os.Getenv("KEYBRAKE_URL")),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	}))
	times, _ := strconv.Atoi(os.Args[1])
	amount, _ := strconv.ParseInt(os.Args[2], 10, 64)
	for range times {
		params := &stripe.ChargeParams{Amount: stripe.Int64(amount), Currency: stripe.String("usd")}
		params.SetSource("tok_visa")
		made, err := charge.New(params)
		seen := map[string]any{"charge": nil, "status": 0, "code": nil, "message": nil}
		if err == nil {
			seen["charge"] = made.ID
		} else {
			seen["message"] = err.Error()
			if refused, ok := err.(*stripe.Error); ok {
				seen["status"], seen["code"], seen["message"] = refused.HTTPStatusCode, refused.Code, refused.Msg
			}
		}
		line, _ := json.Marshal(seen)
		fmt.Println(string(line))
	}
}
