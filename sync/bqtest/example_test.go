package bqtest_test

import (
	"context"
	"fmt"
	"log"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/option"

	"sourcecov/sync/bqtest"
)

// The client is made with two options and knows nothing else of the server.
func ExampleServer() {
	s, err := bqtest.NewServer(bqtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	client, err := bigquery.NewClient(ctx, "test", option.WithEndpoint(s.URL+"/bigquery/v2/"), option.WithoutAuthentication())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	s.Inject(bqtest.Fault{Call: "datasets.insert", Do: bqtest.QuotaExceeded403, Nth: 2})
	for _, id := range []string{"first", "second", "third"} {
		err := client.Dataset(id).Create(ctx, &bigquery.DatasetMetadata{Location: "EU"})
		fmt.Println(id, err == nil)
	}
	for _, r := range s.Requests() {
		fmt.Println(r.Call, r.Status)
	}
	// Output:
	// first true
	// second false
	// third true
	// datasets.insert 200
	// datasets.insert 403
	// datasets.insert 200
}
