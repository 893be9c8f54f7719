package bq_test

import (
	"context"
	"strings"
	"testing"

	"sourcecov/sync/bq"
	"sourcecov/sync/bqtest"
	"sourcecov/sync/warehouse"
)

// TestUnknownEnd: an error after a job was accepted is no failure of the load,
// whatever it says: the load goes on, its file stays as long as a job may read
// it, and who asks later finds it.
func TestUnknownEnd(t *testing.T) {
	insert, get := "jobs.insert", "jobs.get"
	for name, faults := range map[string][]bqtest.Fault{
		"403 while waiting":           {{Call: get, Do: bqtest.AccessDenied403}},
		"401 while waiting":           {{Call: get, Do: bqtest.Unauthorized401}},
		"404 while waiting, for ever": {{Call: get, Do: bqtest.NotFound404}},
		"answer lost, then 401": {
			{Call: insert, Nth: 1, Do: bqtest.DropAnswer}, {Call: insert, Do: bqtest.Unauthorized401},
			{Call: get, Do: bqtest.Unauthorized401},
		},
		"answer lost, 409, then 403": {
			{Call: insert, Nth: 1, Do: bqtest.DropAnswer}, {Call: get, Do: bqtest.AccessDenied403},
		},
	} {
		for _, staged := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := made(t, staged, func(o *bq.Options) { o.Attempts = 2 })
				p.server.Inject(faults...)
				load := one(t, "sourcecov-1", "after")
				outcomes, err := warehouse.Execute(t.Context(), p, []warehouse.Load{load}, func(context.Context) error { return nil })
				if err == nil || outcomes[0].Status != "" {
					t.Errorf("%+v, %v", outcomes, err)
				}
				p.server.ClearFaults()
				o, err := p.open(t).Find(t.Context(), load)
				if err != nil || o.Status != warehouse.Loaded || o.Rows != 1 {
					t.Errorf("then Find = %+v, %v", o, err)
				}
				if got := p.rows(t, "games"); len(got) != 1 || !strings.Contains(got[0], `"after"`) {
					t.Errorf("it holds %v", got)
				}
			})
		}
	}
}

// TestFindIsPatient: a job that was just accepted may not be found at first.
func TestFindIsPatient(t *testing.T) {
	p := made(t, false)
	load := one(t, "sourcecov-1", "x")
	if _, err := p.Load(t.Context(), load); err != nil {
		t.Fatal(err)
	}
	p.server.Inject(bqtest.Fault{Call: "jobs.get", Nth: 1, Do: bqtest.NotFound404}, bqtest.Fault{Call: "jobs.get", Nth: 1, Do: bqtest.NotFound404})
	if o, err := p.open(t).Find(t.Context(), load); err != nil || o.Status != warehouse.Loaded {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestGuardBeforeEachRequest: who was overtaken between two attempts of a load
// submits no other.
func TestGuardBeforeEachRequest(t *testing.T) {
	p := made(t, false)
	p.server.Inject(bqtest.Fault{Call: "jobs.insert", Nth: 1, Do: bqtest.JobBackendError})
	asked, stop := 0, context.Canceled
	outcomes, err := warehouse.Execute(t.Context(), p, []warehouse.Load{one(t, "sourcecov-1", "mine")}, func(context.Context) error {
		if asked++; asked > 2 { // before the load, and before its first request
			return stop
		}
		return nil
	})
	if err == nil || outcomes[0].Status != "" || len(p.server.JobIDs()) != 1 {
		t.Errorf("%+v, %v, jobs %v", outcomes, err, p.server.JobIDs())
	}
}

// TestStrays: rows of partitions without a receipt are noticed by their number.
func TestStrays(t *testing.T) {
	p := made(t, false)
	for id, partition := range map[string]string{"sourcecov-1": "20250101", "sourcecov-2": "20250102"} {
		l := one(t, id, "x")
		if partition == "20250102" {
			l = onDay(t, id, "20250102", "2025-01-02")
		}
		if _, err := p.Load(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		want   map[string]int64
		strays int
	}{
		"all known":               {map[string]int64{"20250101": 1, "20250102": 1}, 0},
		"one unknown":             {map[string]int64{"20250101": 1}, 1},
		"none known":              {nil, 1},
		"one with fewer rows":     {map[string]int64{"20250101": 7, "20250102": 1}, 0},
		"one gone, one unknown":   {map[string]int64{"20250109": 4, "20250102": 1}, 1},
		"one with more rows only": {map[string]int64{"20250101": 0, "20250102": 1}, 0},
	} {
		got, err := p.Strays(t.Context(), tables[0], c.want)
		if err != nil || len(got) != c.strays {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if got, err := p.Strays(t.Context(), warehouse.Table{Name: "never_made", Partition: "game_date"}, nil); err != nil || len(got) > 0 {
		t.Errorf("no table: %v, %v", got, err)
	}
}
