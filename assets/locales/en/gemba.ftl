# All words of the window. Keys are grouped by where they stand.

page-loop = Loop
page-delivery = Delivery
page-pipelines = Pipelines
page-sources = Sources
page-settings = Settings

unknown = unknown
cancel = Cancel
draft-title = Drop what you changed?
draft-words = What was typed or chosen here is not kept yet
draft-keep = Keep editing
draft-drop = Drop it
save = Save
delete = Delete
sample-data = Sample data
read-only = Read only
from-last-time = from last time
export = Export this page
spans = Spans

command-palette = Command palette…
command-filter = Filter this list
command-sidebar = Show or hide the sidebar
command-undo = Undo
command-redo = Redo
command-new = New on this page…
command-back = Back
command-forward = Forward
command-close = Close the topmost thing
command-help = Keyboard shortcuts
command-add-file = Add a file…
command-add-folder = Add a folder…
command-add-repository = Add a git repository…
command-record-incident = Record an incident…
command-tables = Charts as tables
command-compare-definitions = Compare definitions
command-export-csv = Export this page as CSV
command-export-json = Export this page as JSON
command-export-png = Export this page as PNG
command-backup = Back up the workspace
command-check = Check the workspace
command-theme-system = Appearance as the system
command-theme-dark = Dark appearance
command-theme-light = Light appearance
command-zoom-in = Zoom in
command-zoom-out = Zoom out
command-quit = Quit
command-zoom-reset = Zoom to 100 %
also-delivery = MTTR DORA lead time change failure rate deployment frequency recovery rework metrics
also-pipelines = runs builds jobs CI workflows
also-settings = preferences time zone holidays theme language backup restore
also-theme = theme mode colours
also-tables = data accessibility numbers
also-sources = import GitHub GitLab Jenkins CSV services environments teams deployment rules
palette-hint = Type a command, a page, a service…
palette-open = Command palette ({ $keys })
palette-nothing = Nothing matches
palette-recent = Recent
palette-pages = Pages
palette-commands = Commands
palette-run = The open run
also-run = run build rerun retry stop abort console output allow deny
palette-teams = Teams
palette-services = Services
palette-pipelines = Pipelines
help-title = Keyboard shortcuts
help-move = Move in lists
help-open = Open the selected row
help-copy = Copy the selected rows as TSV
help-everywhere = Everywhere
help-plan-new = Add an item
help-plan-side = To the backlog, to the sprint
help-plan-choose = Choose several items
help-plan-move = Into the sprint, or out of it
help-plan-points = Give points
help-plan-rank = To another place in the list
help-plan-split = Split an item
help-plan-ask = Ask operations about an item
help-plan-cancel = Cancel an item
help-plan-sprint = Start or close the sprint
help-plan-meeting = Plan together, and from step to step
help-plan-card = Take a card to another column
bell = Messages
bell-empty = No messages yet: runs that end, deployments to production and errors are told here
bell-open-run = Open the run
bell-error = Error
undo-named = Undo: { $name }
open-failed = The workspace cannot be opened

filter-team = Team
filter-service = Service
filter-environment = Environment
filter-pipeline = Pipeline
filter-branch = Branch
filter-several = { $label }: { $n }
filter-search = Search
filter-nothing = Nothing to choose yet
filter-clear = Clear filter
period = Period
period-last-days = Last { $n } days
period-last-days-with-data = Last { $n } days with data
period-from = First day
period-to = Last day
period-hint = Dates like 2024-03-04, both inclusive
period-apply = Show these days

status-queued = queued
status-running = running
status-waiting-approval = waiting for approval
status-waiting-resource = waiting for a resource
status-cancelling = cancelling
status-succeeded = succeeded
status-warnings = warnings
status-failed = failed
status-cancelled = cancelled
status-skipped = skipped
status-unknown = unknown
status-loading = Loading
status-runs = { $n ->
    [one] 1 run
   *[other] { $count } runs
}
status-deployments = { $n ->
    [one] 1 deployment
   *[other] { $count } deployments
}
status-uncounted = { $n ->
    [one] Lines of 1 commit not counted yet
   *[other] Lines of { $count } commits not counted yet
}
status-data-to = Data to { $date }

start-title = See where the work happens
start-words = Gemba shows how changes reach production, with the rows behind every number
start-open = Open
start-sample = A sample workspace
start-sample-words = Eighteen months of three teams, in a window of its own
start-git = A git repository
start-git-words = Commits, branches and tags from a folder on this machine
start-connect = A CI/CD system
start-connect-words = Runs of GitHub, GitLab, Jenkins, Buildbot and others, kept up to date
start-file = A file
start-file-words = CI runs, deployments or incidents as JSON, CSV or Gemba JSON Lines

add-title = Add data
add-file = File
add-folder = Folder
add-repository = Git repository
add-file-hint = Gemba JSON Lines, CSV with a header, calendars (.ics), or JSON of Jira, GitHub, GitLab, Jenkins or CDEvents
add-folder-hint = All files of a folder are read together, so that runs and their jobs find each other
add-repository-hint = Commits, tags and branches of a repository on this machine, also a bare one
add-path = Path
add-browse = Browse…
add-service = Service
add-service-hint = for rows that name none
add-zone = Time zone
add-zone-hint = for times without an offset
add-strict = Import nothing if one line is refused
add-import = Import
add-dry-run = Try without importing
add-columns = Columns…
add-no-path = There is nothing at “{ $path }”: check the path
add-no-zone = There is no time zone “{ $zone }”: use a name such as Europe/Berlin, or +08:00

csv-title = Columns of { $file }
csv-date-order = Dates like 3/4/24
csv-date-order-missing = which number of a date is the day
csv-day-first = day first
csv-month-first = month first
csv-hint = Say what each row is and which column fills which field; files with the same columns are read so next time
csv-runs = A row is a run
csv-deployments = A row is a deployment
csv-incidents = A row is an incident
csv-items = Work items
csv-no-column = No column
csv-constant = { $field } for every row
csv-constant-hint = The same text for every row
csv-made-id = Made from the title
csv-states = What these words for states mean
csv-by-dates = By its dates
csv-missing = Still to be filled: { $fields }
csv-back = Back

report-title = Imported
report-dry-title = Would be imported
report-new = new
report-changed = changed
report-same = the same
report-nothing = Nothing was found
report-git = { $branches } branches, { $tags } tags, { $merges } merges on the first-parent line
report-shallow = The clone is shallow: older commits are unknown
report-zone = { $n ->
    [one] 1 record had a time without offset; it was read in the zone you named
   *[other] { $count } records had times without offset; they were read in the zone you named
}
report-placeholders = Named but not described yet: { $names }
report-unknown-key = Left out: { $key } ({ $n } times)
report-refused = { $n ->
    [one] 1 line refused
   *[other] { $count } lines refused
}
report-copy = Copy refused lines
report-seconds = { $s } s
report-done = Done
report-import-now = Import now
report-back = Back

job-import = Importing
job-import-git = Reading commits
job-count-lines = Counting lines
job-remove = Removing the import
job-backup = Backing up
job-check = Checking
job-restore = Restoring
job-export = Exporting

toast-close = Close
toast-undone = Undone: { $name }
toast-redone = Done again: { $name }
toast-nothing-to-undo = Nothing to undo
toast-nothing-to-redo = Nothing to redo
toast-would-import = Would import { $new } new, { $changed } changed; nothing was written
toast-imported = Imported: { $new } new, { $changed } changed
toast-refused = { $n ->
    [one] 1 line was refused
   *[other] { $count } lines were refused
}
toast-counted = { $n ->
    [one] Lines of 1 commit counted
   *[other] Lines of { $count } commits counted
}
toast-removed = Import removed
toast-backed-up = Backed up and read back: { $path }
toast-checked = No damage found
toast-damaged = The workspace is damaged; restore a backup: { $why }
toast-exported = { $n } records exported: { $path }
toast-restored = Restored; the workspace before is kept: { $path }
toast-cancelled = Cancelled; nothing was changed
toast-busy = Gemba is still working; try again in a moment
toast-copied = Copied
toast-no-web-address = This link is no web address, so it was not opened
toast-sample-opens = The sample opens in its own window
toast-sample-failed = The sample could not be opened: { $why }
toast-saved = Saved: { $path }
toast-not-saved = Not saved ({ $why }): { $path }
error-answer = The { $what } view could not be made: { $why }

metric-frequency = Deployment frequency
metric-lead = Change lead time
metric-fail = Change fail rate
metric-recovery = Failed deployment recovery time
metric-rework = Deployment rework rate
card-hint = Click to see the rows behind this number
card-course = Course of { $metric } over the period
card-n = n = { $n }
card-n-p90 = n = { $n } · p90 { $p90 }
card-n-open = n = { $n } · { $open } still open
card-of = { $part } of { $whole }
card-deployments = { $n ->
    [one] 1 deployment
   *[other] { $count } deployments
}
card-ratio = { $change } % vs before
card-points = { $change } pts vs before
card-no-before = no period before
card-detected = A permutation test finds this change
card-not-detected = No detectable change
card-interval = 95 % interval of the difference: { $low } to { $high }

delivery-definition = Definition
delivery-edit-definition = Edit definition…
delivery-compare = Compare definitions
delivery-outside = There is no data in this period
delivery-range = Data from { $from } to { $to }
delivery-last-with-data = Show the last 90 days with data

chart-lead = Lead time a week
chart-lead-words = Line chart of the median and 90th percentile of change lead time
chart-distribution = How lead times spread
chart-recovery = Recovery times
chart-recovery-words = Dots of recovery times, each at the moment of recovery
chart-frequency = Deployments
chart-frequency-words = Bars of succeeded deployments
chart-fail = Fail rate and rework
chart-fail-words = Lines of change fail rate and rework rate, with the interval of the fail rate
chart-parts = Where the lead time goes
chart-parts-words = Medians over changes whose times are known
chart-median-name = median
chart-p90-name = p90
chart-median = Median { $value }
chart-p90 = p90 { $value }
chart-n = n = { $n }
chart-week-of = Week of { $date }
chart-partial = { $when }, not a whole week
chart-too-few = n = { $n }, at least 5 needed
chart-no-data = No data in this period
chart-no-failures = No failed deployment in this period
chart-no-changes = No change with known times in this period
chart-incident-span = incident
chart-recovered = { $when }: recovered in { $value }
chart-open = open
chart-open-n = { $n } still open
chart-bin = { $low } to { $high }: { $n }
chart-per-week = { $n } a week
chart-between = median time between { $value }
chart-deploy-days = deployed on { $n } of { $days } days
chart-fail-at = Failed { $value } ({ $interval })
chart-rework-at = Rework { $value }
part-coding = Coding
part-coding-words = First commit to opening of the change
part-pickup = Pickup
part-pickup-words = Opening to the first review
part-review = Review
part-review-words = First review to merge
part-deploy = Deploy
part-deploy-words = Merge to production

preset-dora = DORA
preset-devlake = DevLake
preset-middleware = Middleware
preset-heartbeat = HeartBeat
preset-metrik = metrik
definition-own = Own
definition-title = How the metrics are counted
definition-is = This is the definition { $name }
definition-use = Use this definition
definition-dora = Back to DORA
definition-copy = Copy as JSON
compare-title = Compare definitions
compare-words = The same period and rows, counted as each tool counts
compare-in-force = { $name } (in force)
compare-why = Why they differ, option by option
option-attempts = Attempts of a run
option-warnings-as = Deployments with warnings are
option-frequency = Frequency is
option-working-days = Working days
option-day-zone = Days are cut in
option-lead-unit = Lead time of each
option-lead-start = Lead time starts when
option-lead-form = Lead time is a
option-lead-fallback = Without a start, it starts with
option-lead-keep = Lead times kept
option-lead-stat = Lead time is shown as
option-failure = A deployment failed by
option-failure-link = Incidents are linked by
option-link-candidates = Incidents may link to deployments that
option-link-scope = Incidents link within
option-fail-numerator = Fail rate counts
option-fail-denominator = Fail rate is out of deployments that
option-recovery-of = Recovery is of
option-recovery-start = Recovery starts when
option-recovery-end = Recovery ends when
option-recovery-stat = Recovery is shown as
option-period-of-recovery = Recovery belongs to the period of its
option-over-pipelines = Over pipelines
option-round = Rounding
option-none = none

formula-frequency = Succeeded deployments to production that finished in the period.
formula-lead = For each change, from its start to its first arrival in production.
formula-fail = Failed deployments divided by those that reached production.
formula-recovery = For each failed deployment, from its end to the end of the failure.
formula-rework = Deployments made to mend production, divided by those that reached it.
explain-close = Close the explanation
explain-counted = { $n } rows counted
explain-left-out = { $n } rows left out
explain-first = The newest { $n } are shown
explain-none = None
explain-copy = Copy the rows as TSV
explain-yes = yes
reason-clock = clock: the end is before the start
reason-zero = zero span
reason-commit-unknown = commit not imported
reason-first-deployment = first deployment: what it brought is unknown
reason-start-unknown = start unknown
reason-not-reached = did not reach production
reason-failed = failed
reason-no-outcome = cancelled, skipped or unknown
reason-still-open = still open
reason-earlier-attempt = earlier attempt of the same run
reason-end-unknown = over, but when is not known
reason-suspected = cause suspected, not confirmed
reason-no-deployment = incident without a linked deployment

runs-shown = { $shown } of { $of } runs
runs-filter = Filter runs
runs-all-time = All time
runs-none = No runs yet
runs-add = Add a file…
runs-no-match = No runs match
runs-clear = Clear filter
runs-pipeline = Pipeline
runs-status = Status
runs-started = Started
runs-duration = Duration
runs-branch = Branch
runs-service = Service
runs-actor = Actor
runs-commit = Commit
runs-system = System
runs-from-files = From files
runs-group-by = Group by
runs-group = Group by: { $by }
runs-group-none = nothing
runs-group-without = (none)
runs-group-count = { $n ->
    [one] 1 run
   *[other] { $count } runs
}
runs-group-failed = { $n } failed
runs-group-running = { $n } under way
run-close = Close the run
run-raw = as the source says: { $raw }
run-event = Event
run-connection = Connection
run-waited = Waited
run-open-web = Open on the web
run-stages = Stages
run-attempts = Attempts
run-started-by = Started by run
run-has-started = Has started
run-attempt = Attempt { $n }
run-commits = Commits
run-commit-unknown = not imported
run-copy-sha = Copy the full hash
run-deployments = Deployments

deployment-id = Deployment
deployment-version = Version
deployment-sha = Commit
deployment-started = Started
deployment-finished = Finished
deployment-actor = Actor
deployment-run = Run
deployment-rollback-of = Rolls back
deployment-fixes = Fixes
deployment-brought = Brought
deployment-commits = { $n ->
    [one] 1 commit
   *[other] { $count } commits
}
deployment-caused = Cause of
deployment-mark-rework = Mark as rework
deployment-unmark-rework = Unmark as rework
deployment-mark-rollback = Mark as rollback
deployment-unmark-rollback = Unmark as rollback
deployment-rollback-hint = Says that it undid the deployment of { $when }
deployment-open-run = Open run

incident-title = Incident
incident-new-title = Record an incident
incident-name = What happened
incident-severity = Severity
severity-1 = 1 (worst)
severity-2 = 2
severity-3 = 3
severity-4 = 4
incident-started = Impact began
incident-detected = Detected
incident-mitigated = Mitigated
incident-resolved = Resolved
incident-text = Notes
incident-now = Now
incident-delete = Delete incident
incident-needs-name = Say in a few words what happened
incident-needs-start = Say when the impact began, like 2024-03-04 09:30
incident-bad-time = “{ $text }” is no time: write it like 2024-03-04 09:30
causes-title = Candidate causes
causes-words = A cause counts only when a person confirms it
causes-none = No deployment of this service came in the fourteen days before
cause-confirmed = confirmed
cause-rejected = rejected
cause-suspected = suspected
cause-candidate = candidate
cause-open = Open
cause-before = { $span } before
cause-changes = { $n ->
    [one] 1 change
   *[other] { $count } changes
}
cause-confirm = Confirm
cause-reject = Reject
cause-suspect = Suspect
cause-clear = Clear
undo-record-incident = Record incident
undo-edit-incident = Edit incident
undo-delete-incident = Delete incident
undo-add = Add
undo-edit = Edit
undo-delete = Delete
undo-add-day = Add a day to the calendar
undo-delete-day = Delete a day from the calendar

loop-days = The last { $n } days
loop-nothing =
    Nothing watches
    this yet
loop-items = { $n ->
    [one] 1 item
   *[other] { $count } items
}
loop-sprints = { $n ->
    [one] in 1 sprint
   *[other] in { $count } sprints
}
loop-commits = { $n ->
    [one] 1 commit
   *[other] { $count } commits
}
loop-branches = { $n ->
    [one] 1 branch
   *[other] { $count } branches
}
loop-open-changes = { $n ->
    [one] 1 change open
   *[other] { $count } changes open
}
loop-build = Median { $median }
loop-coffee = { $share } within 5 min
loop-pass = { $rate } pass
loop-runs = { $n ->
    [one] of 1 run
   *[other] of { $count } runs
}
loop-versions = { $n ->
    [one] 1 version
   *[other] { $count } versions
}
loop-staged = { $share } staged first
loop-failed = { $n ->
    [one] 1 failed
   *[other] { $count } failed
}
loop-incidents = { $n ->
    [one] 1 incident
   *[other] { $count } incidents
}
loop-open = { $n ->
    [one] 1 open now
   *[other] { $count } open now
}
stage-plan = Plan
stage-code = Code
stage-build = Build
stage-test = Test
stage-release = Release
stage-deploy = Deploy
stage-operate = Operate
stage-monitor = Monitor
spans-common = Common
spans-ninety-days = 90DaysOfDevOps
span-integration = Continuous integration
span-delivery = Continuous delivery
span-deployment = Continuous deployment
attention-title = Needs attention
attention-none = Nothing waits for you
attention-incident = Open incident
attention-deployment = Failed deployment
attention-red = Red main
attention-approval = Approval waits
attention-change = Oldest open change
attention-lost = Lost start
attention-sprint = Sprint to close
attention-review = Review asked
attention-due = Overdue item
attention-ageing = Ageing item

sources-imports = Imports
sources-services = Services
sources-environments = Environments
sources-teams = Teams
sources-rules = Deployment rules
sources-add = Add…
sources-edit = Edit
sources-none = None yet
sources-no-rules = No rule yet. A rule such as "branch main of pipeline deploy goes to production" makes deployments of runs
sources-add-rule = Add a rule
sources-no-team = no team
sources-placeholder = Only named so far
sources-services-hint = What is deployed, and who owns it
sources-environments-hint = Only environments of the class production count as production
sources-teams-hint = Who works together
sources-rules-hint = Which runs, or which of their stages, are deployments
sources-team-services = { $n ->
    [one] 1 service
   *[other] { $count } services
}
sources-rule = pipeline { $pipeline } · stage { $stage } · branch { $branch }
imports-none = Nothing imported yet
imports-new = { $n ->
    [one] 1 record
   *[other] { $count } records
}
imports-refused = { $n ->
    [one] 1 refused
   *[other] { $count } refused
}
imports-report = Report
imports-remove = Remove this import
imports-count-lines = Count lines
class-development = development
class-testing = testing
class-staging = staging
class-production = production
class-unknown = unknown
editor-service = Service
editor-environment = Environment
editor-team = Team
editor-rule = Deployment rule
editor-name = Name
editor-repo = Repository
editor-tier = Tier
editor-class = Class
editor-class-hint = Deployments count in the metrics only in production
editor-pipeline = Pipeline matches
editor-stage = Stage matches
editor-branch = Branch matches
editor-rule-hint = Regular expressions that match the whole text; empty matches all. Without a stage the whole run is the deployment
editor-bad-pattern = “{ $pattern }” is no pattern: { $why }
editor-preview = { $deployments } deployments ({ $succeeded } succeeded) from { $pipelines } pipelines
editor-needs-name = Give it a name
editor-rule-needs = Choose a service and an environment

settings-calendar = Calendar
settings-zone = Time zone
settings-zone-now = now { $now }
settings-zone-unknown = unknown zone: use a name such as Europe/Berlin, UTC, local or +08:00
settings-week = Working days
settings-days = Days that differ
settings-day-date = Date
settings-day-name = Name
settings-day-works = Worked
settings-day-add = Add day
settings-day-bad = “{ $text }” is no date: write it like 2024-12-25
settings-day-delete = Delete this day
settings-works = worked
settings-off = off
day-1 = Mon
day-2 = Tue
day-3 = Wed
day-4 = Thu
day-5 = Fri
day-6 = Sat
day-7 = Sun
settings-appearance = Appearance
settings-theme = Theme
theme-system = System
theme-dark = Dark
theme-light = Light
settings-density = Table rows
density-dense = Dense
density-normal = Normal
density-comfortable = Comfortable
settings-animations = Animations
settings-animations-on = Move things smoothly
settings-language = Language
language-en = English
settings-imports = Imports
settings-labels = Incident labels
settings-labels-hint = Imported issues with one of these labels are incidents
settings-data = Data
settings-where = Where
settings-size = Size
settings-holds = Holds
settings-memory = In memory
settings-columns = { $bytes } for the columns of the runs
settings-export = Export everything
settings-restore = Restore a backup…
settings-restore-from = Backup file
settings-restore-now = Restore
settings-restore-hint = The present workspace is kept beside it. This cannot be undone with Ctrl+Z
settings-about = About
about-version = Gemba { $version }, schema { $schema }
about-words = Everything stays on this machine, in the one file named above
about-fonts = Set in Inter, JetBrains Mono and Noto Sans TC, under the SIL Open Font License

change-first-commit = First commit
change-opened = Opened
change-reviewed = First review
change-approved = Approved
change-merged = Merged
change-closed = Closed unmerged
change-open = Open for
change-open-deployment = Open deployment

incidents-title = Incidents
incidents-none = No incident in these days
incidents-open = open
incidents-lasted-cause = { $lasted } · by deployment

table-from = From
table-n = n
table-total = Deployments
table-failed = Failed
table-at-least = At least
table-less-than = Less than
table-recovered = Recovered
table-took = Took
table-part = Part
table-mean = mean
table-copy = Copy the table
settings-all-teams = All teams
choose = Choose…

settings-benchmark = Benchmark
settings-benchmark-use = Hold against
settings-benchmark-none = Nothing
settings-benchmark-hint = The tables have gaps and were asked of people, not measured; compare a service with its own past first
level-elite = Elite
level-high = High
level-medium = Medium
level-low = Low
standing-or = { " or " }
standing-gap = Gap between { $better } and { $worse }
standing-above = Better than { $level }
standing-below = Worse than { $level }
standing-score = { $points } of 10

value-attempts-all = each counts
value-attempts-last = the last one counts
value-warnings-as-succeeded = successes
value-warnings-as-failed = failures
value-frequency-per-day = deployments a day
value-frequency-per-working-day = deployments a working day
value-frequency-deploy-days-median-week = days with a deployment, median week
value-frequency-floor-average = deployments a day, rounded down
value-working-days-off = every day
value-working-days-weekends = Monday to Friday
value-working-days-calendar = as in the calendar
value-day-zone-period = the chosen zone
value-day-zone-utc = UTC
value-lead-unit-commit = commit
value-lead-unit-change = pull or merge request
value-lead-unit-run = run
value-lead-start-commit-authored = the commit is authored
value-lead-start-commit-committed = the commit is committed
value-lead-start-change-first-commit = its first commit is authored
value-lead-start-change-created = the request is opened
value-lead-start-change-merged = the request is merged
value-lead-start-run-started = the run starts
value-lead-form-span = span from start to end
value-lead-form-sum-of-parts = sum of its known parts
value-lead-fallback-none = nothing, and is left out
value-lead-fallback-run-started = the start of the run
value-lead-keep-non-negative = zero and above
value-lead-keep-positive = above zero
value-stat-median = median
value-stat-lower-median = lower median
value-stat-mean = mean
value-stat-mean-of-run-means = mean of the runs’ means
value-candidates-reached = reached production
value-candidates-succeeded = succeeded
value-candidates-ended = succeeded or failed
value-candidates-all = exist at all
value-link-scope-service = one service
value-link-scope-all = everything in the filter
value-fail-numerator-deployments = failed deployments
value-fail-numerator-incidents = incidents
value-recovery-of-failed-deployments = failed deployments
value-recovery-of-failure-streaks = series of failures
value-recovery-of-linked-incidents = incidents linked to deployments
value-recovery-of-all-incidents = all incidents
value-recovery-start-deployment-finished = the deployment finishes
value-recovery-start-incident-started = the incident starts
value-recovery-start-incident-detected = the incident is detected
value-recovery-start-failed-stage-finished = the failed stage finishes
value-recovery-end-ended-else-next-success = its incidents end, else at the next success
value-recovery-end-resolved = the incident is resolved
value-recovery-end-next-success = the next deployment succeeds
value-period-of-recovery-end = end
value-period-of-recovery-start = start
value-period-of-recovery-both = start and end
value-over-pipelines-pooled = all rows together
value-over-pipelines-mean = mean of each one’s figure
value-round-none = none
value-round-ceil-minute = parts up to whole minutes
value-round-two-decimals = two decimals
value-failure-incident = an incident it caused
value-failure-rollback = a rollback
value-failure-status = its status
value-link-confirmed = a cause that a person confirmed
value-link-latest = the latest deployment before
value-link-latest-inclusive = the latest deployment before or at
value-link-within = { $words }, within { $limit }

close = Close
dialog-close = Close dialog
chart-lead-daily = Lead time a day
csv-needed = Fields with * are needed
csv-field-commit = Commit
csv-field-link = Link
csv-field-id = Number or id
csv-field-valid = Counts (true or false)
csv-field-system = CI system
csv-field-first-commit = First commit of the request
csv-field-opened = Request opened
csv-field-merged = Request merged
compare-less-than-a-second = { $value } (by less than a second)
scope-not-here = Period and filters hold for Delivery and Pipelines; this page does not use them
standing-none = Not in { $name }
origin-given = named by the deployment
origin-graph = found in the git history
origin-change = through its changes
origin-run = named by its run

settings-connections = Connections
connections-none = Gemba can watch your pipeline systems and start their runs. Secrets are kept in the keychain or an encrypted file
connections-add = Connect a system…
connection-new = Connect a system
connection-system = System
connection-name = Connection name
connection-url = Address
connection-scope = Looks at
hint-project-keys = Keys of projects, one a line; all where this is empty
hint-repositories = owner/repository, one a line
hint-projects = group/project, one a line
hint-jobs = Jobs, one a line; all where this is empty
hint-github-url = https://github.com, or an Enterprise Server
hint-gitlab-url = https://gitlab.com, or a server of your own
hint-jenkins-url = https://jenkins.example.com
hint-gitea-url = https://codeberg.org, or a server of your own
hint-woodpecker-url = https://ci.example.com
hint-buildbot-url = https://buildbot.example.com
hint-cctray-url = https://ci.example.com/cctray.xml
hint-jira-url = https://example.atlassian.net, or a server of your own
hint-webhook-url = https://deploy.example.com
hint-github-secret = Token: Actions read and write, Deployments read
hint-gitlab-secret = Token with the scope api; read_api to look only
hint-jenkins-secret = API token of the user
hint-gitea-secret = Token that may write repositories
hint-woodpecker-secret = Personal token
hint-jira-secret = API token; a personal token needs no user
hint-password = Where one is asked for
connection-zone = Time zone
connection-zone-hint = Of times that say none, such as Europe/Berlin
connection-settings = Template (JSON)
connection-no-json = This is no JSON: { $why }
connection-user = User
connection-secret = Token or password
connection-secret-hint = Kept as it is where left empty
connection-variable = Or from variable
connection-passphrase = Passphrase
connection-stop = Stop
connection-reading = reading: { $n } records so far
connection-reading-left = reading: { $n } records so far, { $left } runs to go
toast-sync-stopped = The sync of { $name } was stopped; what it read stays
connection-proxy = Proxy
connection-proxy-hint = The machine's; or none, http://user@host:3128
connection-proxy-password = Proxy password
connection-ca = Certificates
connection-ca-hint = A PEM file to trust beside the system's
connection-announces = Tell it of deployments to production that ended
connection-every = Sync every
connection-http = Allow plain http to another machine
connection-test = Test
connection-connect = Connect
connection-may = may { $what }
connection-missing = missing: { $what }
connection-locked = Its secret is locked: give the passphrase, or nothing new comes
connection-unlock = Unlock…
connection-sync = Sync now
connection-pause = Pause
connection-resume = Resume
connection-paused = paused
connection-waiting = waits for its first sync
connection-never = not synced yet
connection-synced = synced { $ago }
connection-last = last read { $ago }
connection-edit = Change { $name }
connection-remove = Forget { $name }
connection-keep = Keep it
connection-requests = Requests
requests-title = What was said to { $name }
requests-none = Nothing since this window was opened
command-sync-now = Sync all connections now
command-start-pipeline = Start a pipeline…
also-start-pipeline = trigger run deploy dispatch
also-reviews = review answer merge take over answers export
also-connect = connection sync github gitlab jenkins
palette-presets = Favourites
palette-start = Start { $name }
start-pipeline-title = Start a pipeline
start-no-connection = There is no connection to a system that can start pipelines
start-where = Where
start-pipeline = Pipeline
start-ref = Branch or tag
start-inputs = Inputs
start-inputs-hint = name=value, one a line
start-production = This goes to { $name }. Type its name to confirm
start-production-name = Name of the environment
start-close = Close, it goes on
start-secret-asked = The favourite keeps no secret: it is asked for here
start-find = Find a pipeline
start-preset-name = Favourite's name
start-preset-any = any service
start-preset-service = Service of the favourite
start-preset-forget = Forget
start-preset-save = Keep
start-form-changed = The form of this branch is another one: look at it, then start
start-now = Start
start-show-request = Show request
start-copy-request = Copy as curl
run-log = Log
run-retry = Run again
run-retry-failed = Run failed again
run-cancel = Cancel run
run-start = Start…
run-start-form = With other inputs…
run-waits = waits for { $name }
run-approve = Approve
run-go-on = Go on
run-reject = Reject
run-compare-menu = Compare…
run-compare-title = Two runs compared
run-compare-before = With the run before
run-compare-green = With the last that succeeded
run-compare-selected = With the selected run
run-compare-not-there = not there
run-compare-commits-new = Commits only in the newer
run-compare-commits-old = Commits only in the older
run-asking = asking the server…
run-ask-again = Ask again
run-tests = Tests
run-tests-none = This run reported no tests
run-tests-passed = { $n } passed
run-tests-failed = { $n } failed
run-tests-skipped = { $n } skipped
run-tests-more = { $n ->
    [one] and 1 more failure, on the server
   *[other] and { $count } more failures, on the server
}
run-files = Files
run-files-none = This run left no files behind
run-file-save = Save
run-file-stop = Stop
run-file-expired = no longer kept
run-file-progress = Part of the file that has come
log-title = Log of { $name }
log-none = This run has no logs
log-search = Search
log-found = { $at } of { $n }
log-previous = Previous
log-next = Next
log-first-error = First error
log-copy = Copy
log-grows = goes on
log-dropped = { $n ->
    [one] The first line is left out here: gemba logs shows all
   *[other] The first { $n } lines are left out here: gemba logs shows all
}
desk-not-open = Other systems cannot be reached: { $why }
toast-connected = Connected { $name }: { $server }
toast-synced = { $name }: { $new } new, { $changed } changed
toast-locked = Secrets are locked: give the passphrase under Settings, Connections
toast-nothing-to-sync = There is no connection to sync: connect a system under Settings
toast-synced-same = { $name }: nothing new
toast-sync-failed = { $name } was not synced: { $why }
toast-started = { $name } was started
toast-start-lost = Nobody knows whether { $name } was started: look there, and link its run under “Started from here”
toast-not-started = Not started: { $why }
toast-start-ambiguous = No clear answer came for { $name }; its run is being looked for and it is not started again
toast-ended = { $name }: { $status }
toast-cancel-asked = Asked to cancel the run
toast-approved = Approved
toast-rejected = Rejected
toast-preset = Kept among the favourites
toast-passphrase = The file of secrets has another passphrase
passphrase-open = Change passphrase…
passphrase-title = Another passphrase
passphrase-words = It opens the file where this workspace keeps secrets; without a window it is given as GEMBA_PASSPHRASE
passphrase-old = Present one
passphrase-new = New one
passphrase-again = New one again
passphrase-show = Show what is typed
passphrase-short = It needs at least 8 characters
passphrase-differs = The two are not the same
passphrase-change = Change
toast-preset-gone = No favourite any more
starts-button = Started from here
starts-open = { $n ->
    [one] 1 start goes on
   *[other] { $count } starts go on
}
starts-title = Started from here
starts-tab-starts = Starts
starts-tab-audit = Who did what
audit-none = Nothing was done to another system from here yet
starts-none = Nothing was started from here yet
starts-by = { $who }, { $ago }
starts-run = run { $run }
starts-url = Address of its run, or its id
starts-cancel = Take out of the queue
starts-link = Link
starts-dismiss = Nothing started
starts-seen = It is over
starts-seen-words = You have looked there, and its run is over: it needs attention no more
starts-dismiss-words = You have looked there, and no run came of it: it needs attention no more
start-state-starting = starting
start-state-ambiguous = no clear answer
start-state-queued = queued
start-state-running = running
start-state-ended = ended
start-state-refused = refused
start-state-cancelled = cancelled
start-state-lost = lost
runs-red = { $name } turned red on { $branch } { $ago }
runs-none-red = Nothing is red on its main branch
runs-red-more = { $n ->
    [one] and 1 more
   *[other] and { $count } more
}
desk-asking = Asking…

page-plan = Plan
also-plan = sprint backlog board velocity burndown forecast scrum
plan-sprint = Sprint
plan-backlog = Backlog
plan-tab-lists = Backlog and sprint
plan-tab-board = Board
plan-tab-charts = Charts
plan-filter = Filter items
plan-filter-words = Words of the title, or kind:bug, state:ready, label:shop, assignee:ann, service:billing, is:blocked, points>3, carried>0; a - before a term turns it round
plan-points = Points
plan-hours = Hours
plan-items = Count
plan-n-points = { $n } points
plan-one-point = one point
plan-n-hours = { $n } h
plan-n-items = { $n } items
plan-n-listed = { $n ->
    [one] one item
   *[other] { $n } items
}
plan-unestimated = { $n ->
    [one] one without an estimate
   *[other] { $n } without an estimate
}
plan-chosen = { $n ->
    [one] one chosen
   *[other] { $n } chosen
}
plan-left-over = left over
plan-carried = { $n ->
    [one] carried over once
   *[other] carried over { $n } times
}
plan-days = { $n ->
    [one] 1 day
   *[other] { $n } days
}
plan-new-item = New item
plan-new-sprint = New sprint
plan-start = Start sprint
plan-close = Close sprint
plan-empty = Nothing is planned yet: add the first item, or import the issues of your tracker
plan-import = Import a file
plan-backlog-empty = The backlog is empty
plan-nothing-in-unit = Nothing in the closed sprints was estimated in this unit
plan-none-match = No item here fits the filter
plan-sprint-empty = Nothing is in this sprint: drag items here, or press M on one
plan-no-sprint = There is no sprint yet
plan-to-do = To do
plan-state-closed = closed { $date }
plan-state-overdue = should have ended { $date }
plan-state-open = goes on until { $date }
plan-state-planned = planned { $from } to { $to }
plan-velocity-unknown = Fewer than four closed sprints: history says nothing yet
plan-velocity-unestimated = Too little of what closed sprints completed is estimated in this unit: history says nothing
plan-support = { $likely } likely (P30), { $even } at even odds, of { $n } sprints
plan-support-unknown = Nothing in it has an estimate: history cannot be held against it
plan-support-likely = History supports it
plan-support-even = More than is likely
plan-support-over = Nothing is left open
plan-support-more = More than the usual sprint delivers
plan-burn = Sprint
plan-burn-none = The sprint has not been started
plan-burn-words = What is left, what is done and the scope of the sprint over time
plan-velocity = Velocity
plan-velocity-none = No sprint was closed yet
plan-velocity-untold = The source of the closed sprints tells no history: what they committed to is unknown
plan-unplanned = Unplanned work
plan-unplanned-none = Nothing came into these sprints after their start
plan-unplanned-mean = { $share } of a sprint on average came in after its start
plan-completed-added = completed, added later
unplanned-no-reason = no reason
unplanned-others = others
unplanned-items = { $n } items, not all estimated
burn-say-do-head = Say/do
table-reasons = Reasons
plan-committed = committed
plan-completed = completed
plan-likely = likely (P30)
plan-forecast = Forecast
plan-cycle = Cycle time
plan-cycle-none = Nothing that was begun has been finished yet
plan-cycle-words = Days from start to finish of each finished item
plan-flow = Cumulative flow
plan-flow-none = No item has moved in these days
plan-flow-words = How many items stood in each state at the end of each day
plan-ageing = Work in progress, the oldest first
plan-ageing-none = Nothing is under way
ageing-how = Ticks: the ages at which 50, 70, 85 and 95 % of finished items had left the same column
ageing-no-pace = Nothing finished has a history yet to hold these ages against
forecast-sample = Drawn from { $n } items finished from { $from } to { $to }, on { $days } days
forecast-confidence = Confidence
forecast-in-days = { $n ->
    [one] In one day
   *[other] In { $n } days
}
forecast-all = { $n ->
    [one] The open item by
   *[other] All { $n } open items by
}
forecast-backlog = { $n ->
    [one] The item in the backlog by
   *[other] All { $n } items in the backlog by
}
forecast-backlog-team = { $n ->
    [one] The team’s item in the backlog by
   *[other] All { $n } of the team’s items in the backlog by
}
forecast-old = Nothing was finished since: this is the pace of then
forecast-at-least = { $n } or more
forecast-never = not within ten years
forecast-came-true = Came true
forecast-calibration = { $n ->
    [one] Held against one forecast of the past
   *[other] Held against { $n } forecasts of the past
}
forecast-doubtful = { $n ->
    [one] One item ends before it begins and is left out
   *[other] { $n } items end before they begin and are left out: what remains may be another kind of work
}
cycle-few = Percentiles need { $n } finished items
cycle-percentile = { $share } within { $days } days
burn-start = Started
burn-added = Added
burn-removed = Removed
burn-estimated = Estimated anew
burn-cancelled = Cancelled
burn-restored = Wanted again
burn-done = Done
burn-reopened = Reopened
burn-hover = scope { $scope }, done { $done }, left { $left }
burn-ideal = ideal
burn-scope = scope
burn-done-line = done
burn-left = left
burn-changed = scope changed
burn-committed = committed { $n }
burn-completed = completed { $n }
burn-say-do = { $share } of what was said was done
burn-sum-added = added { $n }
burn-sum-removed = removed { $n }
burn-unplanned = { $share } unplanned
burn-frozen = The report was kept at the close
burn-changed-after = Something was changed after the close; the report that was kept stands
burn-goal = Goal: { $result }
quality-used = Cycle times stand on { $used } of { $of } finished items
quality-biased = Fewer than 85 % of the finished items have a cycle time: the charts may show those that are left, not all
quality-findings = { $n ->
    [one] one thing to know about the data
   *[other] { $count } things to know about the data
}
quality-more = { $n ->
    [one] and one more
   *[other] and { $count } more
}
quality-without-start = { $n ->
    [one] One item was finished and never begun
   *[other] { $count } items were finished and never begun
}
quality-before-start = { $n ->
    [one] One item was finished before it was begun
   *[other] { $count } items were finished before they were begun
}
quality-begun-when-created = { $n ->
    [one] One item was under way from the moment it was created
   *[other] { $count } items were under way from the moment they were created
}
quality-reopened = { $n ->
    [one] One item was opened again after it was done
   *[other] { $count } items were opened again after they were done
}
quality-moved-back = { $n ->
    [one] One item was moved back
   *[other] { $count } items were moved back
}
quality-parent-not-begun = { $n ->
    [one] One item is under way and what it belongs to is not
   *[other] { $count } items are under way and what they belong to is not
}
quality-parent-done = { $n ->
    [one] One item is open and what it belongs to is done
   *[other] { $count } items are open and what they belong to is done
}
quality-blocked-by-closed = { $n ->
    [one] One item is blocked while all it waits for is over
   *[other] { $count } items are blocked while all they wait for is over
}
quality-two-sprints = { $n ->
    [one] One item is in two open sprints
   *[other] { $count } items are in two open sprints
}
quality-part-in-no-sprint = { $n ->
    [one] One sub-task is in no sprint, and what it belongs to is: its hours count in none
   *[other] { $count } sub-tasks are in no sprint, and what they belong to is: their hours count in none
}
quality-zero = { $n ->
    [one] One item is estimated as nothing
   *[other] { $count } items are estimated as nothing
}
quality-without-history = { $n ->
    [one] One item has no change history in its source
   *[other] { $count } items have no change history in their source
}
chart-untold = { $n ->
    [one] Hatched: one item has no change history in its source
   *[other] Hatched: { $count } items have no change history in their source
}
quality-changed-after-close = { $n ->
    [one] One item was changed after the close of a sprint in which it was done
   *[other] { $count } items were changed after the close of a sprint in which they were done
}
quality-clock-jump = { $n ->
    [one] Of one item something is told from before it was there, or of the days to come: was a clock or a zone wrong?
   *[other] Of { $count } items something is told from before they were there, or of the days to come: was a clock or a zone wrong?
}
quality-closed-off-plan = { $n ->
    [one] One sprint was closed more than two days before or after its end
   *[other] { $count } sprints were closed more than two days before or after their end
}
quality-overlapping = { $n ->
    [one] One sprint of the same team overlaps
   *[other] { $count } sprints of the same team overlap
}
flow-moved-back = { $n ->
    [one] One item has moved back since; it is counted where it had come to
   *[other] { $count } items have moved back since; they are counted where they had come to
}
burn-needed = pace needed from now
burn-off = nobody works
burn-end = | planned end
burn-ends = | planned end, moved from the dashed one
sprint-report-title = Sprint report
sprint-report-title-so-far = Sprint report so far
sprint-report-kept = As kept at the close
sprint-report-now = As counted now
sprint-report-gone = An item that is no longer here
sprint-report-completed = { $n ->
    [one] Completed: one item
   *[other] Completed: { $count } items
}
sprint-report-not-completed = { $n ->
    [one] Not completed: one item
   *[other] Not completed: { $count } items
}
sprint-report-open = { $n ->
    [one] Not done yet: one item
   *[other] Not done yet: { $count } items
}
sprint-report-removed = { $n ->
    [one] Removed: one item
   *[other] Removed: { $count } items
}
sprint-report-cancelled = { $n ->
    [one] Cancelled: one item
   *[other] Cancelled: { $count } items
}
sprint-report-outside = { $n ->
    [one] Completed outside this sprint: one item
   *[other] Completed outside this sprint: { $count } items
}
sprint-report-after = { $n ->
    [one] After the close, not counted: one change
   *[other] After the close, not counted: { $count } changes
}
after-none = nothing
after-points = points { $old } to { $new }
after-hours = hours { $old } to { $new }
after-state = { $old } to { $new }
after-left = taken out
sum-committed = committed { $n }
sum-completed = completed { $n }
sum-late = after the planned end { $n }
sum-added = added { $n }
sum-removed = removed { $n }
sum-cancelled = cancelled { $n }
sum-not-completed = not completed { $n }
sum-open = not done yet { $n }
sum-reopened = { $n ->
    [one] one item was reopened
   *[other] { $count } items were reopened
}
sum-a-day = { $n } a working day over { $days } days
sum-unestimated = { $n ->
    [one] +1 unestimated
   *[other] +{ $count } unestimated
}
tag-added = added
tag-committed = was committed
tag-estimated = estimated anew
tag-removed = removed
tag-cancelled = cancelled
tag-late = late
tag-reopened = { $n ->
    [one] reopened
   *[other] reopened { $count } times
}
tag-estimated-after = estimate changed after it was done
item-new = New item
item-change = Item
item-title = Title
item-kind = Kind
item-state = State
item-points = Points
item-hours = Hours
item-assignee = Assignee
item-labels = Labels
item-labels-hint = Separated by commas
item-reason = Reason
item-reason-hint = Why, if it is worth keeping
item-into = Into { $name }
item-save = Save
item-add = Add
item-open-choice = An item that is waited for or belonged to is one of those offered: take one, or empty the field
item-no-number = Points and hours are numbers from 0 on
item-kind-feature = Feature
item-kind-bug = Bug
item-kind-task = Task
item-kind-incident-action = Incident action
item-kind-ops = Operations
item-state-backlog = Backlog
item-state-ready = Ready
item-state-in-progress = In progress
item-state-in-review = In review
item-state-done = Done
item-state-cancelled = Cancelled
sprint-first = Sprint 1
sprint-name = Name
sprint-team = Team
sprint-goal = Goal
sprint-from = First day
sprint-to = Last day
sprint-add = Add sprint
sprint-overlaps = It overlaps “{ $name }” of the same team
sprint-no-dates = Two days such as 2026-03-02, the first not after the last
sprint-start-title = Start { $name }
sprint-commits = Commits { $n }
sprint-change = Goal, name and days…
sprint-remove = Remove this sprint
sprint-committed = Committed { $n } at the start
sprint-holds = Holds { $n } now
sprint-empty = Nothing is in it yet
sprint-close-title = Close { $name }
sprint-close-words = Its report is kept as it is now and stays so
sprint-goal-result = The goal was
goal-met = Met
goal-partly = Partly met
goal-missed = Missed
sprint-done = { $n ->
    [one] one item done
   *[other] { $n } items done
}
sprint-left = { $n ->
    [one] one left over
   *[other] { $n } left over
}
sprint-carry-to = Leftovers go to
sprint-carry-why = Why they were left over
plan-mode = Plan together
mode-look-back = Look back
mode-brief = Ops brief
mode-capacity = Capacity
mode-choose = Choose
mode-check = Check
mode-start = Start
mode-next = Next
mode-back = Back
mode-end = End
mode-no-last = No sprint of this team was closed yet: there is nothing to look back at
mode-changes = What changed after the start
mode-no-changes = Nothing came in and nothing was taken out
mode-look-at = What to look at
mode-ready = Ready for the plan stage
mode-ready-of = { $met } of { $all }
mode-open = Open: { $check }
mode-open-why = Open: { $check } ({ $why })
mode-ready-all = All that is planned is ready for the plan stage
scope-added = Why does it come in?
scope-removed = Why is it taken out?
scope-words = { $name } goes on: the reason stays in its report
scope-items = { $n ->
    [one] one item
   *[other] { $n } items
}
scope-incident = Incident
scope-bug = Bug
scope-customer = Customer
scope-dependency = Dependency
scope-forgotten = Forgotten
scope-pulled-forward = Pulled forward
scope-own = In your own words
scope-move = Move
mode-holds = What it holds
mode-commitment = What it commits to
mode-no-goal = No goal was set
mode-goal-open = nobody said how it ended
mode-no-reason = without a reason
mode-left-over = Left over
mode-nothing-left = Nothing was left over
mode-more = { $n ->
    [one] and one more
   *[other] and { $n } more
}
mode-since = Since the last planning
mode-since-day = From { $date } on
mode-deployments = { $n ->
    [one] One deployment to production
   *[other] { $n } deployments to production
}
mode-failed = { $n ->
    [one] One of them failed
   *[other] { $n } of them failed
}
mode-incident-severity = SEV{ $n }
mode-incident-open = goes on
mode-incident-of-change = caused by a deployment
mode-incident-nowhere = no service
mode-incidents = { $n ->
    [one] One incident
   *[other] { $n } incidents
}
mode-clock = Time in this step
mode-brackets = [ and ] change the step
table-when = When
table-what = What
table-item = Item
table-days = Days
people-meetings = meetings
people-reserve = reserve
mode-ahead = Ahead
mode-load = On call since then
mode-load-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
mode-load-night = { $n } at night
mode-load-heavy = { $n } on one day
ahead-add = Add…
ahead-add-hint = A certificate that runs out, an end of support, a maintenance window, or infrastructure that can be used
ahead-none = Nothing is known yet
ahead-remove = Take away: { $what }
ahead-title = What is coming
ahead-what = What
ahead-kind = Kind
ahead-day = Day
ahead-no-day = Write the day like 2026-01-31
ahead-certificate = certificate runs out
ahead-end-of-life = end of support
ahead-maintenance = maintenance
ahead-offer = can be used
ahead-other = other
mode-on-call = { $who } is on call from { $from } to { $to }
mode-day-off = a day off
mode-day-off-named = { $day }: { $name }
loop-title = What came of what operations asked for
loop-planned = Planned after { $days } days (median of { $n })
loop-done = Done after { $days } days (median of { $n })
loop-in-time = { $n } of { $of } with a due day were done by then
loop-share = { $share } of what the last sprints completed
mode-actions = Operations asks for
mode-no-actions = No open work of incidents or operations
mode-risk = How likely a deployment fails
mode-no-risk = Nothing was deployed to production in 180 days
mode-risk-words = about 1 in { $one } ({ $failed } of { $of } failed; { $low } to { $high })
mode-risk-little = about 1 in { $one } ({ $failed } of { $of } failed; little data)
mode-history = What history supports
mode-of-sprints = { $n ->
    [one] Of the last sprint
   *[other] Of the last { $n } sprints
}
mode-p15 = { $n }: kept nine times in ten
mode-p30 = { $n }: likely, kept eight times in ten
mode-p50 = { $n }: even odds
mode-p85 = { $n }: rarely kept
mode-reserve = Keep { $n } free for what nobody planned
mode-incident-hours = Incidents took { $n } of the last six sprints, a working day at most each: they count for the reserve, not as items that came in
mode-reserve-held = What comes in unplanned is in these numbers already
mode-so-far = In the sprint so far
mode-free = { $n } below what is likely
mode-over = { $n } more than is likely
mode-doubts = { $n ->
    [one] One thing to look at in the check
   *[other] { $n } things to look at in the check
}
mode-started = The sprint goes on
mode-any-fails = The chance that at least one deployment of this sprint fails: { $share }
plan-proposals = No unplanned work has come so far. Small, safe and seen by operations, these could still go in: { $titles }
mode-recovery = Recovering from failed deployments takes { $span } on average: keep at least that free
mode-rated = How earlier ratings did. Rated high: { $high }; medium: { $medium }; low: { $low }
mode-rated-of = { $failed } of { $deployed } failed
mode-no-doubts = Nothing speaks against this plan
doubt-no-goal = The sprint has no goal
doubt-more = { $sum } are planned, { $likely } are likely
doubt-unestimated = Without an estimate: { $title }
doubt-unassigned = Nobody has it: { $title }
doubt-outside = { $title } waits for { $other }, which is not in the sprint
doubt-ranked = { $title } stands before { $other }, for which it waits
doubt-risky = A deployment of { $service } fails with { $share }
doubt-overlaps = Its days overlap with { $name }
people-title = Who is there
people-none = Nobody is known yet: add people to plan in hours
people-add = Add person
people-change = Person
people-away = Add time away
people-not-away = Take this back
people-name = Name
people-role = Role
people-hours = Hours a day
people-no-hours = Hours are a number from 0 to 24
people-remove = Remove
people-save = Save
people-why = Why
people-share = Share of the day
people-share-hint = Percent, if not all of it
people-no-days = Two days such as 2026-03-02, the first not after the last, and a share from 0 to 100
people-net = { $n } for the plan
people-over = { $n } more than there is
people-free = { $free } of { $of } h free
people-free-word = free
people-planned = planned
people-off = time off
people-guess = Of a day, { $focus } % is counted; a day on call gives operations what the last six shifts did (median), 40 % where no shift tells, which is a guess
people-on-call = { $n ->
    [one] on call for one day
   *[other] on call for { $n } days, more than half of the sprint
}
away-leave = Leave
away-on-call = On call
away-holiday = Holiday
away-other = Something else
role-development = Development
role-operations = Operations
role-platform = Platform
role-product = Product
role-other = Other
ops-title = What it needs of operations
need-environment = Environment
need-data-migration = Data migration
need-capacity = Capacity
need-secret = Secret
need-network = Network, name or certificate
need-third-party = Third party
need-feature-flag = Feature flag
need-rollback-plan = Rollback plan
need-runbook = Runbook
need-monitoring = Monitoring
need-on-call = On-call
need-backup = Backup
need-customer-notice = Customer notice
need-suspected = Suspected
need-needed = Needed
need-ordered = Ordered
need-ready = Ready
need-waived = Not needed
need-word = the item speaks of "{ $word }"
need-rusty = { $n ->
    [one] its service was not deployed for one day
   *[other] its service was not deployed for { $n } days
}
need-never = its service was never deployed to production
need-incidents = { $n } of the last { $of } incidents of its service speak of it
need-left-open = it was still open when "{ $title }" was done
need-yes = Needed
need-no = Not needed
need-add = Add a need
need-takes = { $n ->
    [0] takes no time
    [one] takes a day
   *[other] takes { $n } days
}
review-title = Operations said
review-not-asked = Not asked
review-asked = Asked
review-advised = Advised
review-approved = Approved
review-blocked = Blocked
review-not-needed = No review needed
review-stale = The item has changed since: ask again
doubt-need = { $title }: { $by }
doubt-need-late = { $title }: { $by }, which has gone by
doubt-goes-on = { $name } still goes on: close it before this sprint starts
need-by = { $need } { $takes }, { $stage } begins { $begins }: ask for it by { $order }
need-before = before { $stage }
need-order = ask for it by { $day }
need-usual = usual: { $stage }
need-usual-stage = As usual of its kind
doubt-blocked = Operations holds { $title } back: { $why }
doubt-stale = { $title } has changed since operations saw it

# The item's form: relations, links, templates, splitting
item-tab-details = Details
item-tab-operations = Operations
item-tab-readiness = Readiness
item-service = Service
item-no-service = None
item-parent = Belongs to
item-depends = Waits for
item-description = Description
item-description-hint = What it is about; words such as "migrate" or "certificate" suggest needs of operations
item-reason-scope = Why it comes in: incident, bug, customer, dependency, forgotten, pulled forward
item-links = Links
item-links-hint = One a line: web addresses, Figma files, .excalidraw files
item-due = Wanted by
item-due-hint = 2026-03-31
item-no-date = The day it is wanted by is a date such as 2026-03-31
item-blocked = Blocked
item-is-blocked = Nobody can go on
item-blocked-why = Why
item-origin = came of { $kind } { $id }
item-figma = Figma: { $name }
item-drawing = Show { $name }
item-template = Begin with a template
item-save-template = Save as template
item-template-name = Name of the template
picker-find = Part of a title, or how an id ends
picker-none = No item fits
picker-take-out = Take out
drawing-words = { $n ->
    [one] A drawing of one shape
   *[other] A drawing of { $count } shapes
}
drawing-left-out = { $n ->
    [one] One picture in it is not shown
   *[other] { $count } pictures in it are not shown
}
split-open = Split…
split-title = Split { $title }
split-words = The item becomes the first part and keeps its history; the others are new items after it, in the same sprint
split-add = Add a part
split-remove = Remove this part
split-do = Split
split-sum = { $sum } in parts, { $whole } as a whole
bulk-title = { $n ->
    [one] Change one item
   *[other] Change { $count } items
}
bulk-same = As it is
bulk-labels = Add labels
bulk-labels-gone = Take away labels
bulk-clear = take away
plan-change-chosen = Change…
plan-more = More
plan-markdown = Save the plan as Markdown
plan-csv = Save as CSV
command-export-markdown = Save this page as Markdown

# Marks of a row
mark-before-blocker = before what it waits for
mark-blocked = blocked
mark-held-back = budget spent
mark-lifted = reliability first
mark-asked = asked
mark-held = held by ops
mark-stale = ask again
mark-risky = risky
mark-risk-low = low risk
mark-risk-medium = medium risk
mark-not-asked = not asked
mark-settled = ops looked at it
mark-needs = { $n ->
    [one] 1 need
   *[other] { $count } needs
}

# The board's lanes
lanes-title = Lanes
lanes-none = One lane
lanes-person = By person
lanes-service = By service
lanes-kind = By kind
lanes-parent = By parent
lanes-rest = The rest

# Readiness and risk
ready-title = Readiness, level { $level }
ready-all = all answered
ready-open = { $n ->
    [one] 1 open
   *[other] { $count } open
}
ready-assumed = Its service has neither a tier nor an objective, so the least is asked
ready-unknown = nothing tells
ready-make = Make it an item
ready-made = an item was made of it
ready-plan = Plan
ready-code = Code
ready-build = Build
ready-test = Test
ready-release = Release
ready-deploy = Deploy
ready-operate = Operate
ready-monitor = Monitor
ready-again = Back to plan
check-ops-has-seen = Operations has seen it
check-needs-fit = Needs are listed and their lead times fit
check-budget-known = Objective and error budget are known
check-can-be-switched-off = It can be switched off
check-small-enough = It is small enough
check-main-is-green = The pipeline is green on the main branch
check-same-artifact = The same artifact goes to all environments
check-tests-run = Tests run in the pipeline
check-migration-rehearsed = The migration is rehearsed
check-load-tested = The load is tested
check-rollback-written = Rollback steps are written
check-change-note = Change note and support text are written
check-one-trigger = Deploying is one trigger
check-on-call-named = Somebody is on call for the first day
check-no-freeze = Nothing is frozen then
check-runbook = There is a runbook
check-alert-tested = The alert has fired in a test
check-scaling-known = Limits of scaling and cost are known
check-team-is-told = Those who operate are told of deployments
check-complaints-watched = Complaints are watched for 48 h
check-backup-tested = The restore is tested
check-gaps-are-items = Every open gap is an item
risk-title = Risk of its deployment
risk-unknown = Its service was not deployed to production in 180 days
risk-no-service = The item names no service
risk-migration = It changes data
risk-no-rollback = It changes data and has no rollback plan that is ready
risk-first-in-days = { $n ->
    [one] The first deployment of its service in one day
   *[other] The first deployment of its service in { $count } days
}
risk-before-days-off = The sprint ends before days off
risk-little-budget = Less than a quarter of the error budget is left
risk-batch = { $n ->
    [one] It goes out with one more item of its service
   *[other] It goes out with { $count } more items of its service
}
risk-on-call-new = { $name } is on call when it goes out, for the first time
risk-open-actions = { $n ->
    [one] One action after an incident of this service is open
   *[other] { $count } actions after incidents of this service are open
}

# Reviews of operations
need-details = Details
need-owner = Owner
need-days = Days
need-stage = Before stage
need-note = Note
review-say = Say
review-choose = Choose…
review-keep = Keep this
review-unblock = Would unblock it
review-due = Until
review-text = Comment
block-missing-environment = Missing environment
block-irreversible = Irreversible change without rollback
block-capacity = Capacity
block-access = Secret or access
block-budget-spent = Error budget spent
block-compliance = Legal or compliance
block-other = Other
reviews-title = Ask operations by file
reviews-ask = Ask
reviews-answer = Answer
reviews-take-over = Take answers over
reviews-ask-words = Writes the items with their needs to a small file that operations opens in their own Gemba
reviews-answer-words = Open a file that somebody sent, answer for its items, and send it back
reviews-take-over-words = Open the file that came back, look at what it changes, and take over what you want
reviews-file = File
reviews-open = Open
reviews-question = Question
reviews-items = { $n ->
    [one] One item
   *[other] { $count } items
}
reviews-write = Write the file
reviews-save = Save the answers
reviews-take = Take over
reviews-asked-by = Asked by { $who } at { $at }
reviews-answered = { $n } of { $of } answered
reviews-open-item = no answer yet
reviews-risk = a deployment fails with { $share }
reviews-change = { $before } → { $after }
reviews-no-need = not listed
reviews-gone = The item is not here any more
reviews-older = Something newer was said here since: tick it to put this in its place
reviews-why = Why: { $why }
reviews-unblock = What would help: { $what }
reviews-due = Wanted by { $day }
reviews-known = Taken over before
reviews-no-answers = The file holds no answers yet
reviews-unanswered = { $n ->
    [one] One item has no answer
   *[other] { $count } items have no answer
}
sprint-not-asked = { $n ->
    [one] Operations was not asked about one item
   *[other] Operations was not asked about { $count } items
}
sprint-blocked = { $n ->
    [one] operations holds one back
   *[other] operations holds { $count } back
}
sprint-stale = { $n ->
    [one] one has changed since
   *[other] { $count } have changed since
}
sprint-reason = Start anyway
sprint-required = The team wants that before a sprint starts: ask for a review, take them out, or change the policy in Settings
sprint-reason-hint = Why, which is kept with the start

# Retro
retro-open = Retro…
reviews-menu = Ask operations by file…
retro-title = Retro of { $name }
retro-notes = What was said
retro-notes-hint = What went well, what did not
retro-actions = What to do
retro-actions-hint = One a line; each comes back at the next planning
retro-save = Keep

# The meeting
mode-retro = From the retro
mode-budgets = Error budgets
mode-budget = { $left } left ({ $used } of { $of } min used in { $days } days)
mode-budget-large = one incident took { $share }
mode-budget-review = An incident that takes more than a fifth of the budget should be reviewed, with an action to go on
mode-scaled = scaled by the days that people are there
mode-budget-estimated = Estimated from incidents and their severity
mode-worth = Reviews so far: { $n } answered after { $wait } working hours (median), { $blocked } said no, { $changed } of { $advised } advised items changed
mode-outcomes = In production afterwards. Items with a yes or advice: { $approved }; with a no: { $refused }; nobody was asked: { $unasked }
mode-outcomes-how = An item is taken to go out with the first production deployment of its service that ended within 30 days after it was done; items from before the first question are not counted
doubt-not-asked = { $n ->
    [one] Operations was not asked about one item
   *[other] Operations was not asked about { $count } items
}
doubt-unanswered = Operations has had { $title } for { $hours } working hours
doubt-not-approved = { $title } is for a risky service and operations has not approved it
doubt-budget = { $title } is a feature, and the error budget of { $service } is spent
doubt-stuck = Nobody can go on with { $title }: { $why }
doubt-limit = { $of }: { $count } under way, { $limit } at most

# What an incident asks for
action-title = Make it an item of the plan
action-words = What should be done so that this does not happen again, who sees to it and by when
action-what = What is to be done
action-owner = Who
action-class = What it is for
action-mitigate = Mitigate
action-detect = Detect
action-prevent = Prevent
action-process = Process
action-due = By
action-due-words = A date; if empty, by severity: 14, 30, 60 or 90 days after the incident
action-add = Add item

# Settings
settings-planning = Planning
settings-templates = Templates
rules-no-team = There is no team yet: the first sprint makes one
team-new = New team…
team-rename = Rename team…
rules-review = Operations' review
rules-review-hours = Answered within
plan-zone = Days of { $zone }
rules-zone = Time zone of the team
rules-zone-words = Empty: the time zone of the workspace
rules-grace = Days of grace
rules-grace-words = Working days after the start in which what joins is still committed
rules-focus = Focus
rules-focus-words = Of a working day, the part that goes to what was planned
rules-readiness = Readiness
rules-readiness-built-in = { $n ->
    [one] Gemba's list, one check
   *[other] Gemba's list, { $n } checks
}
rules-readiness-own = { $n ->
    [one] The team's own list, one check
   *[other] The team's own list, { $n } checks
}
rules-readiness-edit = Edit…
rules-readiness-title = What an item is asked before it is operated
rules-readiness-reset = Back to Gemba's
rules-meetings = Meetings
rules-meetings-words = Hours of each person in the meetings of a sprint
policy-off = Off
policy-advise = Advise
policy-required = Required for high risk
limits-title = At most so many under way
limits-most = at most
limits-person = Of one person
limits-service = Of one service
templates-none = No template yet
templates-words = A template is saved from an item's form
templates-remove = Remove this template
people-a-day = { $n } h a day
people-ics = Time away also comes from calendar files: import an .ics file whose events name people
people-nobodys = Nobody has these yet: drag them onto a person
add-person = Person
add-person-hint = if the events do not name anybody
add-holidays = Holidays of
add-no-holidays = Nobody: it holds time away
people-busy = { $n ->
    [one] more than two incidents on one day of the last shifts
   *[other] more than two incidents on { $count } days of the last shifts
}
mode-ask = Ask operations about them
settings-people = People
mode-recurring = { $name }: { $n } more incidents while { $actions } actions after earlier ones are open
editor-objective = Objective
editor-objective-has = has one
editor-objective-over = over
editor-objective-days = days
