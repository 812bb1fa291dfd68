using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>
/// What the engine sees of a Kubernetes cluster with Kueue and JobSet: the HTTP interface of Jobs, JobSets and pods with watches,
/// versions, conflicts and forgotten versions, and behind it pods that are processes of this machine. As in a real cluster only the
/// first process of a pod gets SIGTERM, a deleted Job stays until its pods are gone, and a queue flips suspend.
/// </summary>
internal sealed class ClusterStandIn : IDisposable
{
    private const string Token = "stand-in-key", AttemptLabel = "geobuk/attempt", QueueLabel = "kueue.x-k8s.io/queue-name";
    private const int DevicesPerNode = 8;

    /// <summary>What its queue and its scheduler say of who has to wait.</summary>
    public const string HeldBack = "insufficient unused quota", NoRoom = "0/2 nodes are available", NotAllowed = "pods \"x\" is forbidden: violates PodSecurity \"baseline:latest\"";

    private readonly HttpListener _listener = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StandInJob> _jobs = [];
    private readonly Dictionary<string, List<string>> _sets = [];
    private readonly List<(long Version, string Type, JsonNode Object)> _events = [];
    private readonly Dictionary<string, int> _held = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly int _port;
    private CancellationTokenSource _watches = new();
    private long _version = 100, _forgotten;
    private bool _isCutOff;

    public ClusterStandIn()
    {
        _port = LocalPorts.Free();
        _listener.Prefixes.Add($"http://127.0.0.1:{_port}/");
        _listener.Start();
        _ = Task.Run(AcceptAsync);
        _ = Task.Run(RunAsync);
    }

    /// <summary>Holds back what comes.</summary>
    public bool HoldBack { get; set; }

    /// <summary>Lets everything go that is held back.</summary>
    public void Admit()
    {
        lock (_lock)
        {
            HoldBack = false;
            foreach (var job in _jobs.Values) job.IsHeldBack = false;
        }
    }

    /// <summary>Devices of both nodes that somebody else takes.</summary>
    public int TakenByOthers
    {
        set
        {
            lock (_lock)
                foreach (var node in new[] { "n1", "n2" }) _held[node] = value;
        }
    }

    /// <summary>Everything created, in order.</summary>
    public List<string> Created { get; } = [];

    /// <summary>The pods of every Job created, in order, as their template has them.</summary>
    public List<JsonNode> Templates { get; } = [];

    /// <summary>No pod may come to be.</summary>
    public bool IsForbidden { get; set; }

    /// <summary>What became of pods that are over; null knows nothing of them.</summary>
    public JsonObject? End { get; set; }

    /// <summary>Its nodes lose their connection: what runs there runs on, nobody learns how it ends, and its Jobs are to fail.</summary>
    public void Lose()
    {
        lock (_lock)
        {
            _isCutOff = true;
            foreach (var job in _jobs.Values)
            {
                job.Object["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "FailureTarget", ["status"] = "True" }) };
                Tell("MODIFIED", job);
            }
        }
    }

    /// <summary>So many calls to come that change something are told to come again later.</summary>
    public int Busy { get; set; }

    /// <summary>How often Jobs were listed.</summary>
    public int Lists { get; private set; }

    /// <summary>Answers nothing but 503.</summary>
    public bool Refuse { get; set; }

    /// <summary>So many answers to come break off, what was asked being done.</summary>
    public int BrokenAnswers { get; set; }

    public string Kubeconfig => $$"""
        apiVersion: v1
        kind: Config
        current-context: c
        contexts: [{name: c, context: {cluster: c, user: u, namespace: default} }]
        clusters: [{name: c, cluster: {server: "http://127.0.0.1:{{_port}}"} }]
        users: [{name: u, user: {token: {{Token}} } }]
        """;

    /// <summary>The queue takes the devices back of the Job whose name ends so.</summary>
    public void Suspend(string ending)
    {
        lock (_lock)
        {
            var name = _jobs.Keys.Single(name => name.EndsWith(ending, StringComparison.Ordinal));
            _jobs[name].Object["spec"]!["suspend"] = true;
            _jobs[name].IsHeldBack = true;
            Tell("MODIFIED", _jobs[name]);
            foreach (var pod in _jobs[name].Pods) pod.Terminate(_jobs[name].Grace);
        }
    }

    /// <summary>Ends all watches, as a proxy does.</summary>
    public void BreakWatches()
    {
        lock (_lock)
        {
            _watches.Cancel();
            _watches = new CancellationTokenSource();
        }
    }

    /// <summary>Forgets all versions up to now.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _forgotten = ++_version;
            _events.Clear();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        BreakWatches();
        _listener.Close();
        lock (_lock)
            foreach (var job in _jobs.Values)
                foreach (var pod in job.Pods) pod.Kill();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            _ = Task.Run(async () =>
            {
                try
                {
                    if (context.Request.HttpMethod == "POST" && BrokenAnswers > 0)
                    {
                        BrokenAnswers--;
                        lock (_lock) Create(Body(context.Request));
                        context.Response.Abort();
                        return;
                    }
                    await AnswerAsync(context);
                    context.Response.Close();
                }
                catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException or OperationCanceledException or IOException)
                {
                    context.Response.Abort();
                }
            });
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var request = context.Request;
        context.Response.KeepAlive = false;
        var (method, path) = (request.HttpMethod, request.Url!.AbsolutePath.Trim('/').Split('/'));
        if (method != "GET" && Busy > 0)
        {
            Busy--;
            context.Response.AddHeader("Retry-After", "0");
            await WriteAsync(context, 429, Status(429, "TooManyRequests"));
        }
        else if (Refuse) await WriteAsync(context, 503, Status(503, "ServiceUnavailable"));
        else if (request.Headers["Authorization"] != "Bearer " + Token) await WriteAsync(context, 401, Status(401, "Unauthorized"));
        else if (path is ["apis", "batch", "v1", "namespaces", "training", "jobs"] && method == "GET" && request.QueryString["watch"] == "true") await WatchAsync(context, long.Parse(request.QueryString["resourceVersion"] ?? "0"));
        else if (path is ["apis", "batch", "v1", "namespaces", "training", "jobs"] && method == "GET") await WriteAsync(context, 200, List());
        else if (path is ["apis", "batch", "v1", "namespaces", "training", "jobs"] && method == "POST") await CreateAsync(context, Body(request));
        else if (path is ["apis", "jobset.x-k8s.io", "v1alpha2", "namespaces", "training", "jobsets"] && method == "POST") await CreateSetAsync(context, Body(request));
        else if (path is ["apis", "batch", "v1", "namespaces", "training", "jobs", var job] && method == "DELETE") await DeleteAsync(context, job);
        else if (path is ["apis", "jobset.x-k8s.io", "v1alpha2", "namespaces", "training", "jobsets", var set] && method == "DELETE")
        {
            lock (_lock)
                if (_sets.Remove(set, out var jobs))
                    foreach (var name in jobs) Delete(name);
            await WriteAsync(context, 200, Status(200, ""));
        }
        else if (path is ["apis", "kueue.x-k8s.io", "v1beta1", "namespaces", "training", "workloads"] && method == "GET") await WriteAsync(context, 200, Workloads());
        else if (path is ["api", "v1", "namespaces", "training", "pods"] && method == "GET" && request.QueryString["fieldSelector"] is null) await WriteAsync(context, 200, Ended());
        else if (path is ["api", "v1", "namespaces", "training", "pods"] && method == "GET") await WriteAsync(context, 200, Unplaced());
        else if (path is ["api", "v1", "namespaces", "training", "events"] && method == "GET") await WriteAsync(context, 200, Events());
        else if (path is ["api", "v1", "namespaces", "training", "pods"] && method == "DELETE")
        {
            // As a real one: the grace is read from the body, and with none the cluster forgets pods that run on.
            var (attempt, grace) = (request.QueryString["labelSelector"]!.Split('=')[1], (int?)Body(request)["gracePeriodSeconds"]);
            lock (_lock)
                foreach (var found in _jobs.Values.Where(found => found.Attempt == attempt))
                {
                    found.IsForgotten |= grace == 0;
                    if (!_isCutOff)
                        foreach (var pod in found.Pods) pod.Terminate(grace ?? found.Grace);
                }
            await WriteAsync(context, 200, Status(200, ""));
        }
        else await WriteAsync(context, 404, Status(404, "NotFound"));
    }

    private JsonObject List()
    {
        lock (_lock)
        {
            Lists++;
            return new JsonObject { ["apiVersion"] = "batch/v1", ["kind"] = "JobList", ["metadata"] = new JsonObject { ["resourceVersion"] = $"{_version}" }, ["items"] = new JsonArray([.. _jobs.Values.Select(job => job.Object.DeepClone())]) };
        }
    }

    /// <summary>What Kueue, an older one, says of the Jobs that it holds back.</summary>
    private JsonObject Workloads()
    {
        lock (_lock)
            return new JsonObject
            {
                ["items"] = new JsonArray([.. _jobs.Where(job => job.Value.IsHeldBack).Select(job => new JsonObject
                {
                    ["metadata"] = new JsonObject { ["ownerReferences"] = new JsonArray(new JsonObject { ["name"] = job.Key }) },
                    ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "QuotaReserved", ["status"] = "False", ["message"] = HeldBack }) },
                })]),
            };
    }

    private JsonObject Ended() => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "PodList",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray(End is null ? [] : [new JsonObject { ["status"] = End.DeepClone() }]),
    };

    /// <summary>Of the Jobs of which no pod may come.</summary>
    private JsonObject Events()
    {
        lock (_lock)
            return new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "EventList",
                ["metadata"] = new JsonObject(),
                ["items"] = new JsonArray(!IsForbidden ? [] : [.. _jobs.Keys.Select(name => new JsonObject
                {
                    ["metadata"] = new JsonObject(), ["involvedObject"] = new JsonObject { ["kind"] = "Job", ["name"] = name }, ["reason"] = "FailedCreate", ["message"] = NotAllowed, ["type"] = "Warning",
                })]),
            };
    }

    /// <summary>The pods that no node has room for.</summary>
    private JsonObject Unplaced()
    {
        lock (_lock)
            return new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "PodList",
                ["metadata"] = new JsonObject(),
                ["items"] = new JsonArray([.. _jobs.Values.Where(job => !IsForbidden && job.Pods.Count == 0 && job.Object["spec"]!["suspend"]?.GetValue<bool>() != true && !job.IsDeleted).Select(job => new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [AttemptLabel] = job.Attempt } },
                    ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "PodScheduled", ["status"] = "False", ["reason"] = "Unschedulable", ["message"] = NoRoom }) },
                })]),
            };
    }

    private async Task CreateAsync(HttpListenerContext context, JsonNode job)
    {
        JsonNode? made;
        lock (_lock) made = Create(job);
        await (made is null ? WriteAsync(context, 409, Status(409, "AlreadyExists")) : WriteAsync(context, 201, made));
    }

    private async Task CreateSetAsync(HttpListenerContext context, JsonNode set)
    {
        var name = (string)set["metadata"]!["name"]!;
        bool isNew;
        lock (_lock)
        {
            isNew = _sets.TryAdd(name, []);
            if (isNew)
            {
                Created.Add($"JobSet {name}{(set["spec"]!["suspend"]?.GetValue<bool>() == true ? " suspended" : "")} in {set["metadata"]!["labels"]![QueueLabel]}");
                foreach (var replicated in set["spec"]!["replicatedJobs"]!.AsArray())
                {
                    var template = replicated!["template"]!.DeepClone();
                    template["metadata"]!["name"] = $"{name}-{replicated["name"]}-0";
                    _sets[name].Add((string)template["metadata"]!["name"]!);
                    Create(new JsonObject { ["apiVersion"] = "batch/v1", ["kind"] = "Job", ["metadata"] = template["metadata"]!.DeepClone(), ["spec"] = template["spec"]!.DeepClone() });
                }
            }
        }
        await WriteAsync(context, isNew ? 201 : 409, isNew ? set : Status(409, "AlreadyExists"));
    }

    private JsonNode? Create(JsonNode job)
    {
        var name = (string)job["metadata"]!["name"]!;
        if (_jobs.ContainsKey(name)) return null;
        var isSuspended = job["spec"]!["suspend"]?.GetValue<bool>() == true;
        var made = new StandInJob(job) { IsHeldBack = isSuspended && HoldBack };
        Created.Add($"Job {name}{(isSuspended ? $" suspended in {job["metadata"]!["labels"]![QueueLabel]}" : "")}");
        _jobs[name] = made;
        Templates.Add(job["spec"]!["template"]!.DeepClone());
        Tell("ADDED", made);
        return made.Object.DeepClone();
    }

    private async Task DeleteAsync(HttpListenerContext context, string name)
    {
        bool isThere;
        lock (_lock) isThere = Delete(name);
        await (isThere ? WriteAsync(context, 200, Status(200, "")) : WriteAsync(context, 404, Status(404, "NotFound")));
    }

    private bool Delete(string name)
    {
        if (!_jobs.TryGetValue(name, out var job)) return false;
        job.IsDeleted = true;
        job.Object["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
        Tell("MODIFIED", job);
        if (!_isCutOff)
            foreach (var pod in job.Pods) pod.Terminate(job.Grace);
        return true;
    }

    /// <summary>What the controllers and nodes do: admit, place, start, notice ends, remove.</summary>
    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            lock (_lock)
                foreach (var (name, job) in _jobs.ToList())
                {
                    if (!_isCutOff)
                        foreach (var pod in job.Pods) pod.Look();
                    var areOver = job.IsForgotten || (!_isCutOff && job.Pods.All(pod => pod.HasEnded));
                    if (job.IsDeleted && areOver)
                    {
                        Free(job);
                        _jobs.Remove(name);
                        Tell("DELETED", job);
                    }
                    else if (job.Object["spec"]!["suspend"]?.GetValue<bool>() == true)
                    {
                        if (job.IsHeldBack) continue;
                        job.Object["spec"]!["suspend"] = false;
                        Tell("MODIFIED", job);
                    }
                    else if (job.Pods.Count == 0 && !job.IsDeleted && !IsForbidden) Place(job);
                    else if (!job.HasEnded && job.Pods.Count > 0 && areOver)
                    {
                        job.HasEnded = true;
                        Free(job);
                        var type = job.Pods.All(pod => pod.ExitCode == 0) ? "Complete" : "Failed";
                        job.Object["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = type, ["status"] = "True" }) };
                        Tell("MODIFIED", job);
                    }
                }
            await Task.Delay(20);
        }
    }

    private void Place(StandInJob job)
    {
        var container = job.Pod["containers"]![0]!;
        var devices = int.Parse((string)container["resources"]!["limits"]!["nvidia.com/gpu"]!);
        var nodes = job.Pod["affinity"]!["nodeAffinity"]!["requiredDuringSchedulingIgnoredDuringExecution"]!["nodeSelectorTerms"]!.AsArray().Select(term => (string)term!["matchFields"]![0]!["values"]![0]!).ToList();
        var places = new List<string>();
        for (var i = 0; i < (int)job.Object["spec"]!["completions"]!; i++)
        {
            // Like the real one by default: where most is free.
            var node = nodes.Where(node => _held.GetValueOrDefault(node) + devices <= DevicesPerNode).MinBy(node => _held.GetValueOrDefault(node));
            if (node is null)
            {
                foreach (var taken in places) _held[taken] -= devices;
                return;
            }
            _held[node] = _held.GetValueOrDefault(node) + devices;
            places.Add(node);
        }
        job.Held = places.Select(node => (node, devices)).ToList();
        job.Pods.AddRange(places.Select((node, index) => Start(container, node, index)));
    }

    private static PodProcess Start(JsonNode container, string node, int index) => new(
        container["command"]!.AsArray().Select(word => (string)word!), (string)container["workingDir"]!,
        [.. container["env"]!.AsArray().Select(variable => ((string)variable!["name"]!, (string?)variable["value"] ?? node)), ("JOB_COMPLETION_INDEX", $"{index}")]);

    private void Free(StandInJob job)
    {
        foreach (var (node, devices) in job.Held) _held[node] -= devices;
        job.Held = [];
    }

    private void Tell(string type, StandInJob job)
    {
        job.Object["metadata"]!["resourceVersion"] = $"{++_version}";
        _events.Add((_version, type, job.Object.DeepClone()));
    }

    private async Task WatchAsync(HttpListenerContext context, long from)
    {
        CancellationToken broken;
        lock (_lock) broken = _watches.Token;
        context.Response.ContentType = "application/json";
        context.Response.SendChunked = true;
        while (true)
        {
            var lines = new StringBuilder();
            lock (_lock)
            {
                if (from < _forgotten)
                    lines.Append(new JsonObject { ["type"] = "ERROR", ["object"] = Status(410, "Expired") }.ToJsonString()).Append('\n');
                else
                    foreach (var (version, type, what) in _events.Where(one => one.Version > from))
                    {
                        lines.Append(new JsonObject { ["type"] = type, ["object"] = what.DeepClone() }.ToJsonString()).Append('\n');
                        from = version;
                    }
            }
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(lines.ToString()), broken);
            await context.Response.OutputStream.FlushAsync(broken);
            if (lines.ToString().Contains("\"ERROR\"", StringComparison.Ordinal)) return;
            await Task.Delay(20, broken);
        }
    }

    private static JsonNode Body(HttpListenerRequest request)
    {
        using var reader = new StreamReader(request.InputStream, Encoding.UTF8);
        var text = reader.ReadToEnd();
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    private static JsonObject Status(int code, string reason) => new() { ["apiVersion"] = "v1", ["kind"] = "Status", ["status"] = code < 400 ? "Success" : "Failure", ["reason"] = reason, ["message"] = reason, ["code"] = code };

    private static async Task WriteAsync(HttpListenerContext context, int code, JsonNode body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        context.Response.ContentLength64 = bytes.Length;
        await context.Response.OutputStream.WriteAsync(bytes);
    }

    private sealed class StandInJob(JsonNode job)
    {
        public JsonNode Object { get; } = job;

        public JsonNode Pod => Object["spec"]!["template"]!["spec"]!;

        public string? Attempt => (string?)Object["metadata"]!["labels"]![AttemptLabel];

        public List<PodProcess> Pods { get; } = [];

        public List<(string Node, int Devices)> Held { get; set; } = [];

        public int Grace => (int)Pod["terminationGracePeriodSeconds"]!;

        public bool IsDeleted { get; set; }

        public bool IsForgotten { get; set; }

        public bool IsHeldBack { get; set; }

        public bool HasEnded { get; set; }
    }
}
