using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Geobuk.Models;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Slurm's REST interface, slurmrestd. Its paths and bodies change with each release and old ones are dropped, so what a server
/// offers is read from its own description, and the newest version is spoken: v0.0.38 (Slurm 22.05) is the oldest. Requests name
/// things as the data parsers of Slurm 22.05 to 24.11 do. It cannot signal the steps of a job alone, so workers of a gang look by
/// themselves whether they are asked to leave.
/// </summary>
internal sealed partial class SlurmRest : ISlurm
{
    private const int Oldest = 38, OneParser = 39, SlashedGres = 40;

    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(30) };

    private readonly Uri _address;
    private readonly string _user;
    private readonly string? _tokenFile;

    // 38 is v0.0.38.
    private int _version;

    /// <param name="address">Where slurmrestd listens, such as http://login:6820.</param>
    /// <param name="user">Whose jobs they are.</param>
    /// <param name="tokenFile">A file with the user's token, read before each request so that it can be renewed; null takes the environment's SLURM_JWT.</param>
    /// <exception cref="UserInputException">Not an address, no token, or a server that is too old.</exception>
    public SlurmRest(string address, string user, string? tokenFile)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new UserInputException($"engine_settings.rest: \"{address}\"; expected the address of a slurmrestd, such as http://login:6820.");
        (_address, _user, _tokenFile) = (uri, user, tokenFile);
        Negotiate();
        // slurmrestd passes the token on; only the controller tells whether it is good.
        _ = Queued();
    }

    /// <inheritdoc />
    public bool SignalsGangs => false;

    /// <inheritdoc />
    public void Submit(SlurmJob job) => Send(HttpMethod.Post, "job/submit", Body(job, _version));

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string?> Queued() => Jobs().GroupBy(job => job.Name).ToDictionary(jobs => jobs.Key, jobs => jobs.First().Waits);

    /// <inheritdoc />
    public void Terminate(string name, bool gang)
    {
        if (gang) return;
        foreach (var id in IdsOf(name)) Send(HttpMethod.Delete, $"job/{id}?signal=TERM", null, mayBeGone: true);
    }

    /// <inheritdoc />
    public void Kill(string name)
    {
        foreach (var id in IdsOf(name))
        {
            Send(HttpMethod.Delete, $"job/{id}", null, mayBeGone: true);
            Send(HttpMethod.Delete, $"job/{id}?signal=KILL", null, mayBeGone: true);
        }
    }

    /// <inheritdoc />
    public IReadOnlyList<SlurmUse> Accounted(double since) =>
        [.. (Send(HttpMethod.Get, $"jobs?start_time={SlurmUse.Time(since)}", null, service: "slurmdb")?["jobs"]?.AsArray() ?? []).Select(job => UseOf(job!))];

    /// <summary>A job as the accounting's part of the interface has it.</summary>
    internal static SlurmUse UseOf(JsonNode job)
    {
        var given = (job["tres"]?["allocated"]?.AsArray() ?? []).Select(one => $"{one!["type"]}{((string?)one["name"] is { Length: > 0 } name ? "/" + name : "")}={Number(one["count"]):0}");
        return new SlurmUse((string?)job["name"] ?? "", States(job["state"]?["current"]).First(), Number(job["time"]?["elapsed"]), string.Join(',', given));
    }

    /// <summary>A number, in newer versions an object with whether it is one.</summary>
    private static double Number(JsonNode? value) => value is JsonObject described ? Number(described["number"]) : value?.GetValue<double>() ?? 0;

    /// <summary>What is posted to submit a job, in the words of a version.</summary>
    internal static JsonObject Body(SlurmJob job, int version)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(pair => (Name: (string)pair.Key, Value: (string?)pair.Value ?? "")).Where(pair => !pair.Name.StartsWith("SLURM_", StringComparison.Ordinal)).ToList();
        var body = new JsonObject
        {
            ["name"] = job.Name, ["tasks"] = job.Tasks, ["current_working_directory"] = job.Folder, ["standard_output"] = job.Log, ["open_mode"] = "append", ["requeue"] = false,
        };
        if (job.Partition is { } partition) body["partition"] = partition;
        if (version < OneParser)
        {
            body["nodelist"] = string.Join(',', job.Nodes);
            body["nodes"] = new JsonArray(job.Nodes.Count, job.Nodes.Count);
            body["environment"] = new JsonObject(environment.Select(pair => KeyValuePair.Create(pair.Name, (JsonNode?)pair.Value)));
            if (job.DevicesPerNode is { } devices) body["gres"] = devices;
            return new JsonObject { ["script"] = job.Script, ["job"] = body };
        }
        body["required_nodes"] = new JsonArray([.. job.Nodes.Select(node => (JsonNode?)node)]);
        (body["minimum_nodes"], body["maximum_nodes"]) = (job.Nodes.Count, job.Nodes.Count);
        body["environment"] = new JsonArray([.. environment.Select(pair => (JsonNode?)$"{pair.Name}={pair.Value}")]);
        if (job.DevicesPerNode is { } gres) body["tres_per_node"] = (version < SlashedGres ? "gres:" : "gres/") + gres;
        body["script"] = job.Script;
        return new JsonObject { ["job"] = body };
    }

    /// <summary>The newest version among the paths that a server describes; null where all are too old.</summary>
    internal static int? Newest(IEnumerable<string> paths)
    {
        var offered = paths.Select(path => SubmitPath().Match(path)).Where(match => match.Success).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        return offered.Count > 0 && offered.Max() is var newest && newest >= Oldest ? newest : null;
    }

    private void Negotiate()
    {
        using var answer = Ask(HttpMethod.Get, "openapi/v3", null);
        if (Parsed(answer)?["paths"] is not JsonObject paths) throw new IOException($"{_address}openapi/v3: HTTP {(int)answer.StatusCode}; expected the description of a slurmrestd.");
        _version = Newest(paths.Select(path => path.Key)) ?? throw new UserInputException(
            $"{_address}: no path to submit jobs in v0.0.{Oldest} or later; expected Slurm 22.05 or later with its openapi plugin for slurmctld. Leave out engine_settings.rest to use sbatch.");
    }

    private List<long> IdsOf(string name) => [.. Jobs().Where(job => job.Name == name).Select(job => job.Id)];

    /// <summary>Jobs that are not over. States are one word, in newer versions a list of words.</summary>
    private IEnumerable<(long Id, string Name, string? Waits)> Jobs()
    {
        foreach (var job in Send(HttpMethod.Get, "jobs", null)?["jobs"]?.AsArray() ?? [])
        {
            if (States(job!["job_state"]).FirstOrDefault(SlurmUse.Live.Contains) is { } state) yield return ((long)job["job_id"]!, (string?)job["name"] ?? "", SlurmUse.Waits(state, (string?)job["state_reason"] ?? ""));
        }
    }

    private static IEnumerable<string> States(JsonNode? state) => state is JsonArray several ? several.Select(one => (string?)one ?? "") : [(string?)state ?? ""];

    private JsonNode? Send(HttpMethod method, string path, JsonNode? body, bool mayBeGone = false, string service = "slurm")
    {
        var answer = Ask(method, $"{service}/v0.0.{_version}/{path}", body);
        // A server that was upgraded meanwhile drops old versions.
        if (answer.StatusCode == HttpStatusCode.NotFound && !mayBeGone)
        {
            answer.Dispose();
            Negotiate();
            answer = Ask(method, $"{service}/v0.0.{_version}/{path}", body);
        }
        using (answer)
        {
            var parsed = Parsed(answer);
            var errors = parsed?["errors"]?.AsArray() ?? [];
            if ((errors.Count == 0 && answer.IsSuccessStatusCode) || mayBeGone) return parsed;
            var words = string.Join("; ", errors.Select(error => $"{error?["description"] ?? ""} {error?["error"] ?? ""}".Trim()));
            throw new IOException($"slurmrestd: {method} {path}: HTTP {(int)answer.StatusCode} {words}. If it is about authentication: is the token valid for user {_user}? scontrol token makes one.");
        }
    }

    private HttpResponseMessage Ask(HttpMethod method, string path, JsonNode? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(_address, path));
        request.Headers.Add("X-SLURM-USER-NAME", _user);
        request.Headers.Add("X-SLURM-USER-TOKEN", Token());
        // Of a known length: Slurm refuses bodies in chunks.
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));
        try
        {
            return Client.Send(request);
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            throw new IOException($"{_address}: {fault.Message}; expected a slurmrestd.", fault);
        }
    }

    private string Token()
    {
        var token = _tokenFile is null ? Environment.GetEnvironmentVariable("SLURM_JWT") : File.ReadAllText(_tokenFile);
        // As scontrol token prints it.
        token = token?.Trim().Replace("SLURM_JWT=", "", StringComparison.Ordinal);
        return string.IsNullOrEmpty(token) ? throw new UserInputException($"{_tokenFile ?? "SLURM_JWT"}: no token; expected what \"scontrol token\" prints, in the file that engine_settings.token_file names or in the environment.") : token;
    }

    private static JsonNode? Parsed(HttpResponseMessage answer)
    {
        try
        {
            using var stream = answer.Content.ReadAsStream();
            return JsonNode.Parse(stream);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^/slurm/v0\.0\.(\d+)/job/submit/?$")]
    private static partial Regex SubmitPath();
}
