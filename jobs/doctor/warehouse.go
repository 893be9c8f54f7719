package doctor

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"sourcecov/duckdb"
	"sourcecov/jobs/compute"
	"sourcecov/jobs/phrase"
	"sourcecov/sql"
	"sourcecov/sync/bq"
	"sourcecov/sync/warehouse"
)

// loadPermissions are those that a load into a table that exists needs on the
// table, and those by which a night looks at it first.
var loadPermissions = []string{"bigquery.tables.get", "bigquery.tables.update", "bigquery.tables.updateData"}

// project and name of the dataset; bq writes them with a colon.
func (d *checkup) datasetParts() (project, name string) {
	return d.warehouse.Project, d.warehouse.Dataset
}

// forBQ is how the bq command line calls the dataset, or a table in it.
func (d *checkup) forBQ(table string) string {
	project, name := d.datasetParts()
	if table == "" {
		return project + ":" + name
	}
	return project + ":" + name + "." + table
}

// migrateNext is the command that makes what is missing.
func (d *checkup) migrateNext() string {
	next := "sourcecov migrate --apply --warehouse " + d.Warehouse
	for _, f := range []struct{ flag, value string }{{"--location", d.Location}, {"--staging", d.Staging}, {"--sql", d.SQLDir}} {
		if f.value != "" {
			next += " " + f.flag + " " + f.value
		}
	}
	return next
}

// grantDataset is the command that gives a role on a dataset of the warehouse's project.
func (d *checkup) grantDataset(role, dataset string) string {
	project, _ := d.datasetParts()
	return fmt.Sprintf("bq query --nouse_legacy_sql 'GRANT `%s` ON SCHEMA `%s.%s` TO \"WHO\"'", role, project, dataset)
}

// askWarehouse looks at the dataset, then at every table and view, then at what
// is permitted. A directory makes what it needs.
func (d *checkup) askWarehouse(ctx context.Context) {
	subject := d.Warehouse
	if dir, ok := d.opened.Loader.(*warehouse.Dir); ok && d.unopened[theWarehouse] == nil {
		d.writable("warehouse", subject, dir.Path)
		return
	}
	why := ""
	switch err := d.unopened[theWarehouse]; {
	case d.lacksCredentials() != nil:
		why = "there are no credentials for BigQuery"
		d.skip("warehouse", subject, "%s", why)
	case err == nil && d.notAccepted:
		why = notAccepted
		d.skip("warehouse", subject, "%s", why)
	case err != nil:
		why = "--warehouse names nothing that can be asked"
		d.failure("warehouse", subject, "", err)
	default:
		why = d.askDataset(ctx, subject)
	}
	if why == "" && d.cat == nil {
		why = "the SQL files declare the tables, and they are not in order"
	}
	if why != "" {
		d.skip("tables", subject, "%s", why)
		d.skip("permissions", "tables", "%s", why)
	} else {
		tables, views, _ := compute.PublishedTables(d.cat) // it was in order before
		d.askTables(ctx, subject, tables, views)
	}
	if d.opened.Dataset != nil {
		project, _ := d.datasetParts()
		d.add(Line{Check: "permissions", Subject: "project " + project, Status: NotAsked,
			Found: "bigquery.jobs.create: only a job can tell, and none is started here; the first load of a night shows it",
			Next:  "bq query --project_id=" + project + " --nouse_legacy_sql --dry_run 'SELECT 1', which needs it and runs nothing"})
	}
}

// askDataset looks at the dataset itself and gives the reason why its tables
// cannot be asked for, "" if they can.
func (d *checkup) askDataset(ctx context.Context, subject string) (why string) {
	_, name := d.datasetParts()
	differences, err := d.opened.Dataset.Compare(ctx, nil, nil)
	if err == nil && !slices.ContainsFunc(differences, warehouse.Difference.IsAbsent) {
		d.location, err = d.opened.Dataset.Location(ctx)
	}
	switch {
	case err != nil:
		d.bigqueryRefused(err)
		d.failure("warehouse", subject, d.grantDataset("roles/bigquery.metadataViewer", name), err)
		return "the dataset could not be looked at"
	case d.location == "":
		d.noDataset = true
		d.fail("warehouse", subject, d.migrateNext(), "there is no such dataset")
		return "there is no dataset"
	case len(differences) == 0:
		d.ok("warehouse", subject, "the dataset is in %s, and nothing in it expires", d.location)
	}
	for _, x := range differences {
		next := "bq update --default_partition_expiration=0 --default_table_expiration=0 " + d.forBQ("")
		if d.Location != "" && !strings.EqualFold(d.location, d.Location) && strings.HasPrefix(x.Wanted, "location ") {
			next = "--location " + d.location + ", which is where it is, or another --warehouse: a dataset cannot be moved"
		}
		d.fail("warehouse", subject, next, "wanted %s; there is %s", x.Wanted, x.Live)
	}
	return ""
}

// bigqueryRefused notes what is of no use to be asked any more.
func (d *checkup) bigqueryRefused(err error) {
	d.bigqueryDown = isTemporary(err)
	d.notAccepted = d.notAccepted || errors.Is(err, warehouse.ErrCredentials)
}

// unaskedBigQuery says why BigQuery is not asked any more; "" if it can be.
func (d *checkup) unaskedBigQuery() string {
	switch {
	case d.bigqueryDown:
		return "BigQuery did not answer the questions above"
	case d.notAccepted:
		return notAccepted
	}
	return ""
}

// askTables looks how tables and views differ from what the SQL files declare,
// and for permissions on those that are there.
func (d *checkup) askTables(ctx context.Context, subject string, tables []warehouse.Table, views []warehouse.View) {
	_, name := d.datasetParts()
	differences, err := d.opened.Dataset.Compare(ctx, tables, views)
	if err != nil {
		d.bigqueryRefused(err)
		if errors.Is(err, warehouse.ErrPermission) {
			d.forbidden["tables"] = len(d.lines)
		}
		d.failure("tables", subject, d.grantDataset("roles/bigquery.dataEditor", name), err)
	}
	missing, differs := map[string]bool{}, map[string]bool{}
	var absent []string
	for _, x := range differences {
		if x.IsAbsent() && x.Object != "dataset "+name {
			absent = append(absent, x.Object)
		}
	}
	if len(absent) > 1 { // one cause, told once
		d.fail("tables", subject, d.migrateNext(), "%d of %d tables and views are not there: %s", len(absent), len(tables)+len(views), few(absent))
	}
	for _, x := range differences {
		if x.Object == "dataset "+name { // told above
			continue
		}
		table, _, _ := strings.Cut(x.Object, ".")
		differs[table] = true
		missing[table] = missing[table] || x.IsAbsent()
		if x.IsAbsent() && len(absent) > 1 {
			continue
		}
		said := fmt.Sprintf("wanted %s; there is %s", x.Wanted, x.Live)
		switch {
		case x.Cosmetic && x.Additive:
			d.warn("tables", x.Object, d.migrateNext(), "%s; loads are right without it", said)
		case x.Additive:
			d.fail("tables", x.Object, d.migrateNext(), "%s", said)
		default:
			at := d.forBQ(table)
			d.fail("tables", x.Object, fmt.Sprintf("by hand, for migrate takes nothing away: bq cp %s %s_before, bq rm -t %s, then %s; the next night loads it anew", at, at, at, d.migrateNext()), "%s", said)
		}
	}
	if all := len(tables) + len(views); err == nil && len(differs) < all {
		d.ok("tables", subject, "%d of %d tables and views are as the SQL files declare them", all-len(differs), all)
	}
	d.askTablePermissions(ctx, tables, missing)
}

// askTablePermissions asks for each table; those that lack the same share a line.
func (d *checkup) askTablePermissions(ctx context.Context, tables []warehouse.Table, missing map[string]bool) {
	_, name := d.datasetParts()
	by := map[string][]string{} // tables by what they lack, "" for nothing
	var order, absent, unasked []string
	for _, t := range tables {
		switch {
		case missing[t.Name]:
			absent = append(absent, t.Name)
			continue
		case d.unaskedBigQuery() != "":
			unasked = append(unasked, t.Name)
			continue
		}
		lacking, err := d.opened.Dataset.Lacking(ctx, t.Name, loadPermissions)
		if err != nil {
			d.bigqueryRefused(err)
			d.failure("permissions", t.Name, d.grantDataset("roles/bigquery.dataEditor", name), err)
			continue
		}
		key := strings.Join(lacking, ", ")
		if by[key] == nil {
			order = append(order, key)
		}
		by[key] = append(by[key], t.Name)
	}
	for _, lacking := range order {
		subject := phrase.Count(len(by[lacking]), "table")
		if lacking == "" {
			d.ok("permissions", subject, "granted: %s", strings.Join(loadPermissions, ", "))
			continue
		}
		if line, told := d.forbidden["tables"]; told { // it is for want of this that they may not be looked at
			d.lines[line].Status, d.lines[line].Found, d.lines[line].Next = NotAsked, "the permission below is lacking", ""
		}
		d.fail("permissions", subject, d.grantDataset("roles/bigquery.dataEditor", name), "lacking: %s on %s", lacking, few(by[lacking]))
	}
	if len(unasked) > 0 {
		d.skip("permissions", phrase.Count(len(unasked), "table"), "%s", d.unaskedBigQuery())
	}
	if len(absent) > 0 {
		d.skip("permissions", phrase.Count(len(absent), "table"), "no such table yet: %s", few(absent))
	}
}

// askStaging looks at the place where files wait for BigQuery: whether it is
// beside the dataset, what is permitted there, and what was left behind.
func (d *checkup) askStaging(ctx context.Context) {
	subject := d.Staging
	skip := func(why string) {
		d.skip("staging", subject, "permissions: %s", why)
		d.skip("staging", "leftovers", "%s", why)
	}
	why := ""
	switch {
	case subject == "" || d.unopened[theStaging] == nil && d.warehouse.Staging.Bucket == "":
		if d.usesBigQuery() {
			d.ok("staging", "none", "each file is sent with its job")
		}
		return // a directory takes files as they are
	case d.unopened[theStaging] != nil:
		d.failure("staging", subject, "", d.unopened[theStaging])
		skip("--staging names nothing that can be asked")
		return
	case d.unasked(d.warehouse.Staging.Bucket) != "":
		why = d.unasked(d.warehouse.Staging.Bucket)
	case d.opened.Stage == nil:
		why = "there is no warehouse that it could be for"
	}
	if why != "" {
		d.skip("staging", subject, "%s", why)
		skip(why)
		return
	}
	location, err := d.opened.Stage.Location(ctx)
	switch {
	case err != nil:
		d.refused("staging", d.warehouse.Staging, subject, d.warehouse.Staging.LocationRefusal("--staging", err))
	case d.location == "":
		d.skip("staging", subject, "whether %s is beside the dataset: where that is is not known", location)
	case !bq.Together(d.location, location):
		d.fail("staging", subject, "--staging with a bucket in "+d.location+": gcloud storage buckets create gs://NAME --location="+d.location,
			"it is in %s and the dataset in %s: nothing loads across", location, d.location)
	default:
		d.ok("staging", subject, "it is in %s, beside the dataset in %s", location, d.location)
	}
	if why = d.unasked(d.warehouse.Staging.Bucket); why != "" {
		skip(why)
		return
	}
	d.permitted(ctx, "staging", d.warehouse.Staging, subject, "storage.buckets.get", "storage.objects.create", "storage.objects.get", "storage.objects.delete")
	d.askLeftovers(ctx)
}

// askLeftovers lists the files that wait. A night removes each with its load, or
// when it finds out what became of the load; others are nobody's.
func (d *checkup) askLeftovers(ctx context.Context) {
	names, err := d.opened.Stage.List(ctx)
	if err != nil {
		d.refused("staging", d.warehouse.Staging, "leftovers", err)
		return
	}
	var known, others []string
	for _, name := range names {
		if d.unsettled[strings.TrimSuffix(path.Base(name), ".parquet")] {
			known = append(known, name)
		} else {
			others = append(others, name)
		}
	}
	if len(names) == 0 {
		d.ok("staging", "leftovers", "nothing waits there")
	}
	if len(known) > 0 {
		d.warn("staging", "leftovers", "sourcecov nightly, which finds out what became of these loads and removes them",
			"%s of loads that are not accounted for: %s", phrase.Count(len(known), "file"), few(known))
	}
	if len(others) > 0 {
		next := "unless a night is at it now: gcloud storage rm"
		for _, name := range others[:min(3, len(others))] {
			next += " " + strings.TrimSuffix("gs://"+d.warehouse.Staging.Bucket+"/"+d.warehouse.Staging.Prefix, "/") + "/" + name
		}
		d.warn("staging", "leftovers", next, "%s of loads that are over or unknown: %s", phrase.Count(len(others), "file"), few(others))
	}
}

// A streamedTable is a table of which to ask whether anybody streams into it.
type streamedTable struct {
	dataset, table, whose string
	isOurs                bool
}

// askStreaming asks of every table, ours and the platform's, whether somebody
// streams rows into it: the checklist of processors that are still to migrate.
func (d *checkup) askStreaming(ctx context.Context) {
	var why string
	switch {
	case d.rules == nil:
		why = "the SQL files name the tables, and they are not in order"
	case d.opened.Dataset == nil && d.lacksCredentials() != nil:
		why = "there are no credentials for BigQuery"
	case d.opened.Dataset == nil:
		why = "only BigQuery has streaming buffers: name it with --warehouse bq:PROJECT.DATASET"
	}
	if why != "" {
		d.skip("streaming", "every table", "%s", why)
		return
	}
	tables, err := d.streamedTables(ctx)
	if err != nil {
		d.failure("streaming", "every table", d.fixSQL(), err)
		return
	}
	if d.noDataset {
		n := len(tables)
		tables = slices.DeleteFunc(tables, func(t streamedTable) bool { return t.isOurs })
		d.skip("streaming", phrase.Count(n-len(tables), "table"), "there is no dataset")
	}
	forbidden, order := map[string][]string{}, []string(nil) // tables that may not be looked at, by dataset
	refused := map[string]error{}
	for i, t := range tables {
		if unasked := d.unaskedBigQuery(); unasked != "" {
			d.skip("streaming", phrase.Count(len(tables)-i, "table"), "%s", unasked)
			break
		}
		if err := d.askOneStreaming(ctx, t); err != nil {
			if forbidden[t.dataset] == nil {
				order = append(order, t.dataset)
				refused[t.dataset] = err
			}
			forbidden[t.dataset] = append(forbidden[t.dataset], t.table)
		}
	}
	for _, dataset := range order { // a night does without
		subject := phrase.Count(len(forbidden[dataset]), "table") + " of " + dataset
		if _, told := d.forbidden["tables"]; told && dataset == d.warehouse.Dataset {
			d.skip("streaming", subject, "the permission above is lacking")
			continue
		}
		d.warn("streaming", subject, d.grantDataset("roles/bigquery.metadataViewer", dataset), "%s: %s", few(forbidden[dataset]), reason(refused[dataset]))
	}
}

// streamedTables are ours, then the platform's, by name.
func (d *checkup) streamedTables(ctx context.Context) (out []streamedTable, err error) {
	_, name := d.datasetParts()
	for _, f := range d.cat.Kind(sql.Publish) {
		out = append(out, streamedTable{name, f.Name, "something besides sourcecov", true})
	}
	slices.SortFunc(out, func(a, b streamedTable) int { return strings.Compare(a.table, b.table) })
	audited, err := duckdb.Select[struct {
		Dataset string  `json:"dataset_name"`
		Table   string  `json:"table_name"`
		Source  *string `json:"source"`
		Chain   *string `json:"chain"`
	}](ctx, d.rules, "SELECT dataset_name, table_name, source, chain FROM reference.audited_tables ORDER BY dataset_name, table_name")
	for _, a := range audited {
		t := streamedTable{dataset: a.Dataset, table: a.Table, whose: "the processor of "}
		if a.Source != nil {
			t.whose += *a.Source
		} else if a.Chain != nil {
			t.whose = "a processor of chain " + *a.Chain
		}
		out = append(out, t)
	}
	return out, err
}

// askOneStreaming asks of one table, and gives the error if it may not be asked.
func (d *checkup) askOneStreaming(ctx context.Context, t streamedTable) error {
	subject := t.dataset + "." + t.table
	s, err := d.opened.Dataset.Streaming(ctx, t.dataset, t.table)
	switch {
	case err != nil && (isTemporary(err) || errors.Is(err, warehouse.ErrCredentials)):
		d.bigqueryRefused(err)
		d.failure("streaming", subject, "", err)
	case err != nil:
		return err
	case !s.Exists:
		d.skip("streaming", subject, "no such table")
	case !s.Streams():
		d.ok("streaming", subject, "nobody streams into it")
	default:
		next := "move that processor to load jobs"
		if t.isOurs {
			next = "find out what that is and stop it: one writer a table, and that is sourcecov"
		}
		d.warn("streaming", subject, next, "about %s since %s are in the streaming buffer: UPDATE, DELETE and MERGE on them are refused for up to 90 minutes; %s still uses insertAll",
			phrase.Count(int(s.Rows), "row"), s.Oldest.UTC().Format(time.RFC3339), t.whose)
	}
	return nil
}
