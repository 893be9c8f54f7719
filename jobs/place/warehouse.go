package place

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"

	"sourcecov/jobs/fault"
	"sourcecov/sync/bq"
	"sourcecov/sync/gcs"
	"sourcecov/sync/warehouse"
)

// A Warehouse is where finished tables go: a directory, or a dataset of
// BigQuery with a place where its files wait.
type Warehouse struct {
	Dir string // absolute; "" if it is a dataset

	Project, Dataset string
	Location         string // where the dataset has to be; "" wherever it is
	Staging          GS     // where files wait; without a bucket they are sent with their jobs
}

var datasetForm = regexp.MustCompile(`^([a-z][a-z0-9.:-]*[a-z0-9])\.([A-Za-z0-9_]+)$`)

// ParseWarehouse makes sense of --warehouse, --staging and --location; without
// the first it is a directory under the working directory.
func ParseWarehouse(text, staging, location string, workdir Workdir) (Warehouse, error) {
	if text == "" {
		text = "dir:" + workdir.path("warehouse")
	}
	kind, name, _ := strings.Cut(text, ":")
	switch {
	case kind == "dir" && name == "":
		return Warehouse{}, fault.Usagef("--warehouse dir:DIR", "--warehouse dir: names no directory")
	case kind == "dir" && staging != "":
		return Warehouse{}, fault.Usagef("--warehouse bq:PROJECT.DATASET, or leave --staging away", "--staging is where BigQuery reads files; a directory takes them as they are")
	case kind == "dir":
		dir, err := filepath.Abs(name)
		if err != nil {
			return Warehouse{}, fault.Usagef("--warehouse dir:DIR", "--warehouse %s: %v", text, err)
		}
		return Warehouse{Dir: dir}, nil
	case kind != "bq":
		return Warehouse{}, fault.Usagef("--warehouse dir:DIR or --warehouse bq:PROJECT.DATASET", "--warehouse %s: must start with dir: or bq:", text)
	}
	m := datasetForm.FindStringSubmatch(name)
	if m == nil {
		return Warehouse{}, fault.Usagef("--warehouse bq:PROJECT.DATASET", "--warehouse %s: %q is no PROJECT.DATASET", text, name)
	}
	w := Warehouse{Project: m[1], Dataset: m[2], Location: location}
	if staging == "" {
		return w, nil
	}
	var err error
	w.Staging, err = ParseGS("--staging", staging)
	return w, err
}

// An OpenWarehouse is a warehouse that can be asked. It is closed with its Cloud.
type OpenWarehouse struct {
	warehouse.Loader
	Dataset *bq.Warehouse // the Loader, if that is BigQuery; else nil
	Stage   *gcs.Stage    // where its files wait; nil if they are sent with their jobs
}

// Open makes the loader. It asks nobody yet.
func (w Warehouse) Open(ctx context.Context, cloud *Cloud) (OpenWarehouse, error) {
	if w.Dir != "" {
		return OpenWarehouse{Loader: &warehouse.Dir{Path: w.Dir}}, nil
	}
	var out OpenWarehouse
	o := bq.Options{Project: w.Project, Dataset: w.Dataset, Location: w.Location, Endpoint: cloud.Getenv("BIGQUERY_EMULATOR_HOST"),
		Attempts: cloud.Patience.Attempts, Pause: cloud.Patience.Pause, Call: cloud.Patience.Call, Waiting: cloud.Waiting}
	if w.Staging.Bucket != "" {
		client, err := cloud.Storage(ctx)
		if err != nil {
			return out, err
		}
		out.Stage = client.Stage(w.Staging.Bucket, w.Staging.Prefix)
		o.Stage = explainedStage{out.Stage, w.Staging}
	}
	dataset, err := bq.Open(ctx, o)
	if err != nil {
		return out, err
	}
	cloud.opened = append(cloud.opened, dataset.Close)
	out.Loader, out.Dataset = dataset, dataset
	return out, nil
}
