/*
Package jobs is the program: its verbs, flags, output and exit statuses.

	sourcecov nightly [flags]

runs the whole night: it lands what is new in the bucket (pull), computes every
relation of sql/ in a database of its own (build), asks the checks (check),
publishes the partitions that changed (publish) and prints what the sources had
for every scheduled game, which source was used and how good the rows are
(report). Without flags it does so offline, on the bucket inside the binary.

	sourcecov explain GAME [flags]

tells all that the newest run of a working directory knows of one game: what
each source had, every object that speaks of it and which one counts, what was
tried, how each row and each window before it came by its tier, its events. GAME
is an NBA id or YYYYMMDD_AWY_HOM; so is --game of nightly. The zeros before an id
may be missing, letters may be small, the teams may be swapped.

	sourcecov alert --replay DATE [flags]

tells what would have been sent as of the newest run at or before DATE, which may be an
instant, under the SQL files as they are: each message with its text and the reason, each
silence with its reason. Nothing is sent or recorded. Without --alert the channels are those that
were ever told, else Slack. The run's database has to be there; a nightly with the run's --as-of
makes it anew.

	sourcecov gaps [flags]

lists every gap that the newest run, or that of --run, knows of, whatever its window,
and what each costs: the whole days since it was due, the rows of its game below gold,
and the windows before later games that lack it, so many at each gap of the game. A gap is open, in the run's window; older, open on another date; unchanged, open
and not worth scraping again; decided, by a person; accepted; or lapsed, an acceptance whose cell is present.
--kind and --source list some of them. Beside it stand the event that tells of it, as
resolve takes it, and its group, as ack does. --export writes two pages into a directory
instead: known_gaps.md, all of them by kind, and coverage_tracker.md, of each source and
season the dates and games that are present of those that are due.

	sourcecov resolve EVENT|GAME --as METHOD --by WHO --why TEXT [flags]
	sourcecov ack GROUP --for TIME --by WHO [flags]
	sourcecov undo DECISION --by WHO [flags]
	sourcecov decisions [flags]

record what people decide: on the event whose id begins like that, or on all open
events of a game; that a group of events is taken on for some time, such as 3d, in
which nobody is told of it again; and that a decision is taken back, by its id, or all
that was decided at once, by the number before the dot. accepted_gap and wont_fix close
an event: it, and the gaps that it tells of, count no more; manual_entry promises what a
person will enter, and the event counts until that supplies. Decisions are state, and ask
nothing else: no run need be on the disk. The next night whose as-of is not before them
sees them. Two at once are both recorded, one after the other, and each is judged anew.
decisions lists all of them, newest first, in the forms of gaps.

	sourcecov manual template GAME --chain CHAIN [flags]
	sourcecov manual check FILE [flags]

help whoever enters what nobody has. template prints the JSON that is to be filled in,
both teams or the players whom the two teams listed last, and its name in the bucket;
--out writes it into a directory under that name. check judges such a file as the next
night would, with the SQL files of a night over the landing of the newest run, before it
is in the bucket: 0 if a night could use it, 1 if not, with the reason. Its path ends as in the bucket,
manual/CHAIN/NBA_GAME_ID/YYYYMMDD_HHMMSS.json. Neither writes anything else.

	sourcecov audit --audit bq:PROJECT|dir:DIR [flags]

counts the platform's own tables, in datasets of PROJECT or as Parquet files in
DIR/DATASET/TABLE, and compares them with what the newest run, or that of --run, knows:
games that the bucket has and a table does not, games that no schedule ever held, rows
twice or too few, rows without an object. A table that cannot be read is unknown and
never in order; the reason says what to do about it. Every date is judged; --from, --to
and --game list some. Nothing is recorded and nothing is loaded. In BigQuery each table
is looked at and counted by one query, of the dates that any source covers; of one table
no more than --max-billed may be billed, and --dry-run tells how many bytes each would
take, and reads nothing. Last it tells who streams rows into which table, on which no
UPDATE, DELETE or MERGE is allowed for up to 90 minutes; of files nobody can tell. The
exit status is 4 if a finding is as bad as --fail-on, which is critical by itself, and,
whatever --fail-on says, if no table could be read: then nothing is judged, and the
first line says so.

nightly --audit does the same as a part of the night, of the tables as they are then:
what it finds is an event and a row of audit_findings, and stands until a night has
read that table again. What sourcecov itself published and is gone it finds too. Without it a night says that nobody looked, as does a dry run
of which the tables are in BigQuery, for it pays for nothing.

	sourcecov runs [flags]

lists the runs that a working directory has a record of, that recorded last first:
what each was about, how it ended, and whether its database is there still. A record
that is damaged is told and hides no other. With --state elsewhere it lists the runs of
other disks too, of which the state has a row each.

	sourcecov query SQL [flags]

answers one SELECT, DESCRIBE or SHOW over the database of the newest run, or that of
--run; SQL is - for one on stdin. Relations have the names of their files, such as
model.cell, and macros such as threshold('outage_cells') are there. The database stays
as it is, and no file, setting or other database can be reached. The answer is whole or
there is none.

	sourcecov diff RUN RUN [flags]

tells what came between two runs and where it shows: the objects that the second had
landed and the first had not, by feed and game, and those that the bucket listed no
longer; cells with another status, gaps that opened and closed; SQL files, partitions of
published tables, relations and reports that are not the same. All but the cells is
told by the records and the landing, so also of a run whose database was dropped.

gaps, audit, decisions, runs and query print text, or --format md, csv or json, which is --json. CSV is
that of RFC 4180 with lines that end in LF; NULL is an empty field. What is no letter,
sign or space stands there as everywhere, as \u and its code.

	sourcecov verify RUN [flags]

executes a recorded run again and compares. RUN is a run's id, the beginning of
one that no other run has, or newest: the one that was recorded last. First it
looks whether the record, the landing files and state segments that the run read,
and the files that it published and no later run replaced, are as they were; if
one is not, it names each and executes nothing. Then it runs the recorded SQL
over the recorded files and parameters in a temporary folder, and
compares every relation, every partition of the published tables, what the checks
found and what the reports said. The first relation that differs, in the order in
which they are built, is where to look. Nothing is changed. Relations are compared by the
engine's own hash: if the run was computed by another version of DuckDB, it says so.

	sourcecov migrate [--apply] --warehouse bq:PROJECT.DATASET [flags]

compares a dataset with the tables and views that sql/ declares. With --apply it
makes what is missing, in US or at --location, and adds what is lacking: columns,
descriptions, clustering. What would take something away it refuses, shows, and
then changes nothing: another type, another partitioning, an expiration.

	sourcecov repair [--apply] [flags]

looks at every file of state and landing that counts and names those that are
gone or not as they were written, with which no night runs. A segment of runs,
events or actions is made again from what its run left under runs/, if its sum
proves that it is the same. Of the rest it says what comes of it, and tells what
nobody can compute or ask for again: events that had ended, what people decided,
runs, and objects that the bucket holds no longer. With --apply damaged files of
the landing are moved to landing/damaged and the state gets a HEAD without them;
nothing is removed. Damage that is left exits with 1. What a lost receipt told of
is not guessed: every partition is then loaded again.

	sourcecov doctor [flags]

looks at everything that a night needs, in the places that the flags name, and
says of each whether it is in order, what was found and what to type next: SQL
files, each held to its header, credentials, bucket, state, working directory,
warehouse with its tables and views, permissions, staging. What has one cause is one
failure. Every question has its line, also one that
cannot be asked because of another's answer. Of each published table, and of each
of the platform's tables in sql/reference/audited_tables.sql, it says whether
somebody streams rows into it, which is the checklist of processors that are still
to be moved to load jobs. It lists, reads and asks what is permitted, and changes
nothing; a service that does not answer is waited for only some seconds.

	sourcecov version
	sourcecov completion SHELL
	sourcecov help [VERB]

say what a result depends on besides its inputs (program and commit, Go, engine, SQL
files); print a script with which bash, zsh or fish completes verbs, flags and what
follows them; and tell what a verb takes, with examples, as its --help does.

# On a terminal

Where stdout is a terminal, sentences and tables break at words at its width, as it
says itself or as COLUMNS says; a row that is wider goes on below, further in.
Severities, and what doctor says, have colours, unless NO_COLOR is set; --color
decides. Where stderr is one, its last line shows what goes on, and is gone before
anything else is written. In a pipe there is none of that. A reader who closes the
pipe has read enough: the command goes on to its end and says nothing of it.

# Files

Everything lies under --workdir, by default .sourcecov/<bucket>; a working
directory belongs to one bucket.

	landing/          what was pulled: segment-<n>.parquet with the bodies, listing-<n>.parquet with the names,
	                  sums.json with the SHA-256 of each
	runs/<id>/        one folder a run: run.duckdb, and run.json with its inputs, SQL, relations, checks,
	                  outputs, timings, and a checksum over all that; audited.parquet, what it counted of the
	                  platform's tables, if it looked
	sourcecov.duckdb  the database of the newest run; look around in it with any DuckDB 1.5
	state/            what cannot be computed again: runs, intents and receipts of loads, events as first
	                  seen, what happened to them, who was told and what people decided, named by HEAD-<n>; elsewhere with --state,
	                  and then with a copy of landing/ and of the newest run.json of each warehouse
	warehouse/        <table>/<YYYYMMDD>.parquet or <table>/all.parquet; elsewhere with --warehouse
	bucket, lock      whose working directory it is, and that a run is in it

A run's id is its as-of and the beginning of its run_key, a hash over the SQL
files, the inputs, what was counted of the platform's tables, the parameters, the recorded events, what people decided, the run since which the
SQL files are others, and the engine's version. If the run that published last to
this warehouse had the same key, its partitions are all there and its database
answers, it is already done: its summary is printed again, and --fail-on asked anew. An earlier as-of than the state has seen looks
back: it writes its own folder under runs/ and nothing else. The newest 14
databases and the run.json of every id are kept.

# Whose nights

The demonstration publishes into its own working directory; into a warehouse or a
state that is named only if --bucket fixtures is typed too. A state is of one
bucket: nights of another are refused unless --take-over is given, and so is a
warehouse that nights of another state have filled. A bucket that
lists fewer than half of the objects that the newest published run found blocks
publishing, and so does a landing that no longer holds an object which was
published, unless --accept-loss says that they are really gone.

# On any disk

Where the state lies outside the working directory, a night fetches from it what its
own landing lacks, and brings into it what its pull brought, before it computes. So
a container with an empty disk knows of every object that any night has seen, and
downloads none of the bucket twice; it says already done of a run of another disk,
of which it then has run.json. explain needs a database, which the next nightly on
that disk makes. A file that two disks gave one number and different bytes gives way
to the one that HEAD names; it is moved to landing/displaced.

# Loads

A partition is loaded if its rows differ from those of its last receipt, if it is
gone from the warehouse, or if --force names it. Each load
replaces one partition whole, or, where more than 20 partitions of a BigQuery table
changed, the whole table; a plan of more than --max-jobs loads, or of more than
1,000 of one table within 24 hours, by the clock, is refused before the first.
A partition that has rows and no receipt, since state was lost, is emptied or the
table replaced; the tables that tell of runs are let be then.

Before anything is loaded the state records what is intended, and afterwards what
came of it. A load has an id made of its target, its content and the load that it
replaces. A run that is killed at any moment leaves intents without receipts; the
next one asks the warehouse about each, and loads only what is not there. Of two
runs that begin with one state one loads and the other exits with 5.

BigQuery is asked for nothing but load jobs, jobs and metadata: no streaming and no
DML. A query runs for audit alone, and only reads. Files are sent with their jobs, or
wait under --staging until their job is done. The credentials are Application Default
Credentials; STORAGE_EMULATOR_HOST and BIGQUERY_EMULATOR_HOST name servers that are
asked instead of Google's, without any.

# Alerts

With --alert, which may be repeated, a night tells people last of all, when the state
has what it did. slack posts to an incoming webhook, whose URL stands in SOURCECOV_SLACK_WEBHOOK or
the file of --slack-webhook-file, and in no flag; what Slack answers to a post that it does not
take is told, with what to do. mail:ADDRESS is the digest alone, through the server of --smtp,
over TLS; --smtp-user signs in with the password of SOURCECOV_SMTP_PASSWORD or --smtp-password-file.
file:PATH gets a JSON line a message. A channel that does not take a message changes no exit
status: the next night tells it. A dry run says what would be sent, and sends nothing.

# Exit status

	0    done, or already done
	1    failed: a file is damaged or gone, a disk is full; of verify: something came out otherwise; of manual check: a night could not use it
	2    usage or configuration
	3    a blocking check failed; no data table was published
	4    done, and there are open gaps or events at or above --fail-on; stderr says which severity
	5    temporary: the network, a quota, or another run is in the way; safe to run again
	130  interrupted; safe to run again

# JSON Lines

With --json every line of stdout is one object with a "type". The first is
start, the last is end. Instants are RFC 3339 in UTC, dates YYYY-MM-DD, and what
is not known is null. Lines of a type come together, in the order of this list;
new fields and types may be added under the same protocol number.

	start              protocol verb
	scope              run_id bucket as_of window_from window_to game
	verdict            judgement said worst_open blocked
	plan               table rows partitions to_load unchanged
	job                load_id table partition partitions rows
	accepted           nba_game_id game_date away_team home_team cells owner reason
	audit_findings     severity audit_status audited_table games first_date last_date game reason
	audit_streaming    audited_table loaded_by streaming_rows streaming_since said
	audited            is_looked tables tables_read
	chains             chain games primary fallback reconstructed degraded missing pending
	changes            change severity event_type about how events oldest newest game said
	coverage           source scheduled due present accepted decided open pending covered_pct compared equal_pct
	decided            decision_id decided_at decision until batch_id event_id game_date nba_game_id events gaps acted_by why said
	events             severity event_type about batch_id in_window elsewhere oldest newest first_said
	games_in_scope     games game_date nba_game_id game_code_id
	gaps               nba_game_id game_date away_team home_team source status severity reason is_unchanged
	gaps_elsewhere     source gaps oldest newest
	gone_objects       object snapshot_at
	holes              severity source status games first_date last_date prefix reason holes
	later_objects      object generation snapshot_at snapshot_from later
	objects            feed objects names parsed quarantined ignored gone rows_parsed
	overdue            season listed_at games competitive final_elsewhere hours oldest newest
	quality            table_name rows gold silver bronze poor unusable
	refused_objects    object generation outcome reason is_replaced
	rules_changed      since event_type withdrawn
	run_counts         objects_listed objects_quarantined cells_due cells_present gaps_open gaps_accepted events_open
	unmatched          source names games example
	worst_games        nba_game_id game_code_id game_date severity said since is_new low_rows short_windows games
	alert              channel kind batch_id is_sent reason events new_events outcome said title lines next
	check              check severity finds over blind failed rows
	table              table rows partitions loaded unchanged
	run                run_id run_key sql_h1 engine already_done note
	explain_game       nba_game_id game_code_id game_type tipoff_at final_score final_from is_vanished listed_in worst_severity overall_quality_tier
	explain_cells      source status due_at late_until snapshot_at rows_found id_match is_accepted reason
	explain_snapshots  source counts snapshot_at status object generation reason
	explain_chains     chain resolution source_used rows_from score tried past_grace_at is_accepted if_all_fail sides
	explain_rows       table_name team subject said source_score before_caps score tier issues object generation
	explain_windows    table_name team subject points_avg games not_covered not_played worst_input score tier issues
	explain_events     event_timestamp event_type severity about state description event_id
	damaged            file found then
	lost               what name said
	repaired           files damaged lost applied
	migration          step object wanted live
	migrated           warehouse said
	compared           what count equal
	verify_note        note
	difference         what name sql_path said
	verified           run_id run_key sql_h1 engine executed differences
	doctor             check subject status found next
	gap                kind nba_game_id game_date away_team home_team source status severity age_days rows_below_gold windows reason owner accepted_because event_id batch_id decision_id
	audit_finding      severity audit_status audited_table game game_date teams rows_found rows_expected reason first_date last_date games next
	audit              tables read findings failed
	audit_estimate     audited_table bytes fault
	audit_estimated    tables bytes max_billed of_files
	page               file rows
	template           nba_game_id game_code_id object file rows body
	manual_check       object nba_game_id game_code_id chain lines snapshot_at usable refused not_numbers supplies supplied_by
	taken              decision_id decided_at decision method event_id batch_id until undoes acted_by why
	not_decided        id why
	decision           decision_id decided_at decision state until about game_code_id event_id acted_by why undone_at undone_by undone_because
	recorded_run       run_id as_of ran_at exit bucket window_from window_to game objects gaps_open loaded has_database note
	unread_run         run_id said
	recorded           runs listed unfinished
	columns            names types
	row                values
	arrived            feed about objects names
	gone               object
	cell_changed       nba_game_id game_date away_team home_team source before after gap
	sql_changed        path bytes_before bytes_after
	partition_changed  table partition rows_before rows_after
	relation_changed   relation rows_before rows_after
	report_changed     report rows_before rows_after
	diff_note          note
	diff               first second arrived gone relations partitions cells gaps_opened gaps_closed
	version            version revision modified go engine sql_h1
	completion         shell script
	error              error next
	end                exit

The status of a doctor line is ok, warning, fail or not asked. Plan and job lines
are there in a dry run only. Of what verify did not come to compare,
equal is null. A difference is of landing, state, published, relation, output,
check or report; the first line tells where the fault is. A check that is blind looked
over no rows although its inputs have some; it counts as failed. The values of a row are an
object by its columns, of which two of one name are a and a_1. What is arrived names the
first 20 objects. A bytes or rows before or after is null where the thing is not there; the
gap of a cell is opened, closed or null.

# Limits

An object larger than --max-object, stored or decompressed, is quarantined; a run
with a higher limit fetches and reads it. Below 16 MiB, the default, no object of
whatever shape takes a night with --memory-limit 800MiB over 1 GiB. Reading the
bucket takes at most a quarter of --memory-limit for objects that wait, what one
of them decompresses to, and some 50 MiB. A run needs disk for about three times
what is landed. A night of four seasons keeps within 1 GiB with the limit that
--memory-limit has by itself; one that says that the limit is too little says what to type.

A night takes over from the one before, in the same --workdir, what cannot have
changed; --fresh computes everything, and gives the same.
*/
package jobs
