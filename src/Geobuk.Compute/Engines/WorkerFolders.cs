using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;

namespace Geobuk.Compute.Engines;

/// <summary>
/// What engines that share a file system with the service keep of attempts: for each worker of each attempt a folder that is taken
/// once only, and in it in the end the exit code. Whoever takes a folder first decides whether the attempt ever runs.
/// </summary>
internal sealed partial class WorkerFolders
{
    private const string Script = """
        #!/bin/sh
        # Runs one worker of one attempt. $1: its folder; the rest: the command.
        D=$1; shift
        mkdir "$D/taken" 2> /dev/null || { test -d "$D/taken" && exit; echo "$D: cannot be written by user $(id -u)" >&2; exit 73; }
        G=; test -f "$D/group" && read -r G < "$D/group" && echo $$ > "$G/cgroup.procs" 2> /dev/null
        # Who cannot say who he is would count as lost and be started again.
        { echo $$ > "$D/pid.new" && mv "$D/pid.new" "$D/pid"; } 2> /dev/null || exit 1
        # Looks now and then, every 15 s in the end, whether the command does anything, and writes down for how many seconds it has not by now, and in all.
        # Where the use of its GPUs can be read that alone says so, else that it printed or took a twentieth of a core.
        seconds() { cut -d. -f1 /proc/uptime; }
        printed() { wc -c < "$GEOBUK_LOG"; }
        spent() { sed 's/.*) //' /proc/[0-9]*/stat | awk -v s="$s" '$4 == s { t += $12 + $13 + $14 + $15 } END { print t + 0 }'; }
        gpus() {
            test "${CUDA_VISIBLE_DEVICES-all}" && command -v nvidia-smi > /dev/null || return
            timeout 10 nvidia-smi ${CUDA_VISIBLE_DEVICES:+-i "$CUDA_VISIBLE_DEVICES"} --query-gpu=utilization.gpu --format=csv,noheader,nounits |
                awk '/^[0-9]/ { n++; if ($1 > 0) busy = 1 } END { if (n) print busy + 0 }'
        }
        watch() {
            trap 'kill $p; exit' TERM
            # The command may have been over before this could be told.
            pause() { sleep $1 & p=$!; wait $p; test ! -e "$D/killed" || kill -KILL 0; test ! -e "$D/exit" && kill -0 $$; }
            pause 1 || return
            s=$(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f4) n=1 idle=0 all=0 at=$(seconds) size=$(printed)
            ticks=$(spent)
            while pause $n; do
                test $n -ge 15 || n=$((n + 1))
                at0=$at at=$(seconds) size0=$size size=$(printed) ticks0=$ticks ticks=$(spent) g=$(gpus)
                if test -z "$g"; then g=0; test "$size" = "$size0" && test $((ticks - ticks0)) -lt $(((at - at0) * 5)) || g=1; fi
                if test "$g" = 0; then idle=$((idle + at - at0)) all=$((all + at - at0)); else idle=0; fi
                echo "$idle $all" > "$D/activity.new" && mv "$D/activity.new" "$D/activity"
            done
        }
        watch 2> /dev/null &
        a=$!
        # Where only the first process of a container gets the signal, it passes it on. The container's node has given the command its time then
        # and cannot be made to cut it short: who is to end at once finds a file.
        k=
        obey() { while [ ! -e "$D/killed" ]; do sleep 0.5; done; kill -KILL 0; }
        trap 'test -z "$GEOBUK_PASS_TERM" || { kill -TERM $c 2> /dev/null; test "$k" || { obey & k=$!; }; }' TERM
        trap : INT HUP USR1
        # A log that is full takes no more; the command goes on, and what it prints is dropped.
        keep() {
            trap '' TERM INT HUP USR1 XFSZ
            (ulimit -f $((GEOBUK_LOG_MOST / 512)) && exec dd bs=65536) >> "$GEOBUK_LOG" && return
            echo "
        [geobuk: the log is full, max_log_bytes is $GEOBUK_LOG_MOST; what is printed from here on is not kept]" >> "$GEOBUK_LOG"
            cat > /dev/null
        }
        o=
        if test -n "$GEOBUK_LOG_MOST" && mkfifo "$D/out"; then
            keep < "$D/out" 2> /dev/null &
            o=$!
            "$@" > "$D/out" 2>&1 < /dev/null &
        else
            "$@" >> "$GEOBUK_LOG" 2>&1 < /dev/null &
        fi
        c=$!
        # Where nobody can send a signal, whoever is asked to leave finds the file that asks, and is told.
        w=
        if test -n "$GEOBUK_WATCH_REQUEST"; then
            { while [ ! -e "$GEOBUK_CHECKPOINT_REQUEST" ]; do sleep 0.2; done; kill -TERM $c 2> /dev/null; } &
            w=$!
        fi
        while :; do
            wait $c; r=$?
            kill -0 $c 2>/dev/null || break
        done
        # A signal that came with the command's end hides its exit code from the first wait; 127: that one had it.
        wait $c 2> /dev/null; s=$?; test $s = 127 || r=$s
        kill $a $w $k 2> /dev/null
        # What it printed is there before it is over; something that it left running may hold the pipe open.
        if test -n "$o"; then
            { sleep 2; kill -9 $o; } 2> /dev/null &
            t=$!
            wait $o
            kill $t
        fi 2> /dev/null
        test ! -e "$D/killed" || exit 137
        # On a full disk the exit code waits for room: a job that is done is not done again.
        until { echo $r > "$D/exit.new" && mv "$D/exit.new" "$D/exit"; } 2> /dev/null || test ! -d "$D"; do sleep 1; done
        # What the command left running ends with it.
        test -z "$G" || echo 1 > "$G/cgroup.kill" 2> /dev/null
        """;

    private const uint FolderMode = 0x1ED;
    private const int InstanceBytes = 4, AlreadyThere = 17;
    private const string ReportFolder = "report", HomesFolder = "homes";

    /// <summary>Where in its root a service keeps its mark.</summary>
    public const string InstanceFile = "instance";


    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5), Hesitation = TimeSpan.FromMinutes(1);

    private readonly string _root;
    private readonly string _instance;

    private readonly JobUsers? _users;

    /// <param name="root">Where everything lies.</param>
    /// <param name="users">As whom commands run, who then own where they write and nothing else; null as the service itself.</param>
    public WorkerFolders(string root, JobUsers? users = null)
    {
        _root = Path.GetFullPath(root);
        _users = users;
        Directory.CreateDirectory(_root);
        if (users is not null) _root = PlainFile.Real(_root);
        _instance = Instance(Path.Combine(_root, InstanceFile));
        // Renamed into place: shells may be reading the one that was there.
        AtomicFile.WriteText(ScriptFile, Script.Replace("\r", "", StringComparison.Ordinal) + "\n");
    }

    /// <summary>Where everything lies.</summary>
    public string Root => _root;

    /// <summary>Runs one worker: its folder, then the command.</summary>
    public string ScriptFile => Path.Combine(_root, "worker.sh");

    public string LogFile(long job) => Path.Combine(JobFolder(job), "log");

    /// <summary>What the folders of an attempt's workers begin with; the worker's number follows.</summary>
    public string FolderPrefix(EngineJob job) => Path.Combine(JobFolder(job.Id), $"{job.Attempt}.");

    public string FolderOf(EngineJob job, int worker) => Path.Combine(JobFolder(job.Id), $"{job.Attempt}.{worker}");

    /// <summary>Where the command runs, made where it is new.</summary>
    public string WorkFolder(EngineJob job) => job.Folder is { } folder ? Directory.CreateDirectory(folder).FullName : Owned(job, "work");

    /// <summary>A folder of a job's that its command may write, made where it is new.</summary>
    private string Owned(EngineJob job, string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(JobFolder(job.Id), name)).FullName;
        _users?.Find(job.Tenant).Own(folder);
        return folder;
    }

    /// <summary>What starts the command: itself, or what makes it another user's first.</summary>
    public IEnumerable<string> Command(EngineJob job)
    {
        if (_users is null) return job.Command;
        // A report is renamed into place: it has a folder that the command may write.
        Owned(job, ReportFolder);
        return _users.Find(job.Tenant).Wrap(job.Folder ?? Owned(job, "work"), job.Command);
    }

    /// <summary>A worker's folder, made.</summary>
    public string Prepare(EngineJob job, int worker)
    {
        if (File.Exists(RequestFile(job.Id))) File.Delete(RequestFile(job.Id));
        var folder = Directory.CreateDirectory(FolderOf(job, worker)).FullName;
        _users?.Find(job.Tenant).Close(JobFolder(job.Id));
        return folder;
    }

    /// <summary>What a command finds in its environment; GPUs are counted as their driver counts them.</summary>
    public IEnumerable<(string Name, string Value)> Environment(EngineJob job) =>
    [
        ("GEOBUK_LOG", LogFile(job.Id)), ("GEOBUK_JOB", job.Id.ToString(CultureInfo.InvariantCulture)), ("GEOBUK_ATTEMPT", job.Attempt.ToString(CultureInfo.InvariantCulture)),
        ("GEOBUK_WORKERS", job.Workers.ToString(CultureInfo.InvariantCulture)), ("GEOBUK_CHECKPOINT_REQUEST", RequestFile(job.Id)), (CheckpointReport.Variable, ReportFile(job.Id)),
        ("CUDA_DEVICE_ORDER", "PCI_BUS_ID"),
        .. job.MostLog is { } most ? [("GEOBUK_LOG_MOST", most.ToString(CultureInfo.InvariantCulture))] : Array.Empty<(string, string)>(),
        .. _users?.Find(job.Tenant).Environs(Path.Combine(_root, HomesFolder)) ?? [],
    ];

    /// <summary>An attempt's name in a cluster, which other services may share.</summary>
    public string NameOf(EngineJob job) => $"{NamePrefix}{job.Id}-{job.Attempt}";

    /// <summary>What the names of this service's attempts begin with.</summary>
    public string NamePrefix => $"geobuk-{_instance}-";

    /// <summary>A name for a worker's control group that no other service on this machine uses.</summary>
    public string GroupName(EngineJob job, int worker) => $"{_instance}-{job.Id}-{job.Attempt}-{worker}";

    /// <summary>The worker will enter a control group before its command runs.</summary>
    public void Enter(EngineJob job, int worker, string group) => File.WriteAllText(GroupFile(job, worker), group + "\n");

    /// <summary>A worker's control group; null where it has none.</summary>
    public string? GroupOf(EngineJob job, int worker) => PlainFile.Read(GroupFile(job, worker))?.Trim();

    /// <summary>Puts the file there that asks a job to leave; where there is no room for it, the signal that comes with it must do.</summary>
    public void RequestCheckpoint(long job)
    {
        try
        {
            // Renamed into place: a job may have put anything there.
            AtomicFile.WriteText(RequestFile(job), DateTimeOffset.UtcNow.ToString("O"));
        }
        catch (IOException)
        {
        }
    }

    /// <summary>What the job reported; null where it did not, or where it cannot be read just now.</summary>
    // What another user's command put there may be a link to what only the service reads.
    public CheckpointReport? Report(long job) => Try(ReportFile(job), followLinks: _users is null) is { Length: > 0 } text ? CheckpointReport.Read(text) : null;

    /// <summary>What the workers' scripts have seen of their commands: a gang is idle while all of them are.</summary>
    public Idleness? Idleness(EngineJob job)
    {
        var (now, total) = (double.PositiveInfinity, 0.0);
        for (var worker = 0; worker < job.Workers; worker++)
        {
            if (Try(Path.Combine(FolderOf(job, worker), "activity"))?.Split(' ') is not [var last, var all]
                || !uint.TryParse(last, CultureInfo.InvariantCulture, out var seconds) || !uint.TryParse(all, CultureInfo.InvariantCulture, out var sum)) return null;
            (now, total) = (Math.Min(now, seconds), total + sum);
        }
        return new Idleness(now, total / job.Workers);
    }

    /// <summary>What the workers' folders say together.</summary>
    public EngineStatus Status(EngineJob job, Func<string, bool> isAlive)
    {
        var (running, requeue) = (false, false);
        for (var worker = 0; worker < job.Workers; worker++)
        {
            var folder = FolderOf(job, worker);
            var code = ExitCodeOf(folder);
            if (code is null && isAlive(folder))
            {
                running = true;
                continue;
            }
            // The script may have written its exit code between the two looks.
            code ??= ExitCodeOf(folder);
            if (code is null) return new EngineStatus(EngineState.Lost);
            // Who checkpointed waits for the others of its gang to have done so.
            if (code == EngineStatus.Requeue) requeue = true;
            else if (code != 0) return new EngineStatus(EngineState.Exited, code.Value);
        }
        return running ? new EngineStatus(EngineState.Running) : new EngineStatus(EngineState.Exited, requeue ? EngineStatus.Requeue : 0);
    }

    /// <summary>Whether a worker of an attempt has begun.</summary>
    public bool HasBegun(EngineJob job) => Enumerable.Range(0, job.Workers).Any(worker => Directory.Exists(Path.Combine(FolderOf(job, worker), "taken")));

    public bool Fence(EngineJob job)
    {
        var never = true;
        for (var worker = 0; worker < job.Workers; worker++)
            never &= Take(Directory.CreateDirectory(FolderOf(job, worker)).FullName);
        return never;
    }

    /// <summary>
    /// Tells an attempt's workers in containers, on whatever node they may still run, to end and to leave no exit code: who was asked to leave sees it within a second,
    /// others within 15. Who has not begun does not begin any more.
    /// </summary>
    public void Kill(EngineJob job)
    {
        Fence(job);
        for (var worker = 0; worker < job.Workers; worker++) File.WriteAllText(Path.Combine(FolderOf(job, worker), "killed"), "");
    }

    /// <summary>
    /// Whether the folder was not taken yet, or only just. One that its worker did not take in a minute is taken from it: it was kept from it,
    /// as by a full disk, and does not begin any more.
    /// </summary>
    public static bool IsYoung(string folder)
    {
        var taken = Path.Combine(folder, "taken");
        return Directory.Exists(taken) ? Age(taken) < Silence : Age(folder) < Hesitation || !Take(folder);
    }

    /// <summary>Takes a worker's folder: true where nobody had.</summary>
    /// <exception cref="IOException">Whether somebody had cannot be known.</exception>
    private static bool Take(string folder)
    {
        if (MakeFolder(Path.Combine(folder, "taken"), FolderMode) == 0) return true;
        return Marshal.GetLastPInvokeError() == AlreadyThere ? false : throw new IOException($"{folder}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    private static TimeSpan Age(string folder) => (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder)).Duration();

    /// <summary>What tells this service's jobs from those of others that count from one as well: chosen once, by whoever comes first.</summary>
    public static string Instance(string file)
    {
        if (!File.Exists(file))
        {
            var own = $"{file}.{Guid.NewGuid():N}";
            File.WriteAllText(own, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(InstanceBytes)));
            try
            {
                File.Move(own, file, overwrite: false);
            }
            catch (IOException) when (File.Exists(file))
            {
                File.Delete(own);
            }
        }
        return File.ReadAllText(file);
    }

    private static string? Try(string file, bool followLinks = true)
    {
        try
        {
            return PlainFile.Read(file, followLinks: followLinks);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int? ExitCodeOf(string folder) =>
        int.TryParse(PlainFile.Read(Path.Combine(folder, "exit")), NumberStyles.Integer, CultureInfo.InvariantCulture, out var code) ? code : null;

    private string GroupFile(EngineJob job, int worker) => Path.Combine(FolderOf(job, worker), "group");

    /// <summary>Where all of a job's lies.</summary>
    public string JobFolder(long job) => Path.Combine(_root, job.ToString(CultureInfo.InvariantCulture));

    private string RequestFile(long job) => Path.Combine(JobFolder(job), "checkpoint-requested");

    private string ReportFile(long job) => _users is null ? Path.Combine(JobFolder(job), "checkpoint-report") : Path.Combine(JobFolder(job), ReportFolder, "checkpoint-report");

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFolder(string path, uint mode);
}
