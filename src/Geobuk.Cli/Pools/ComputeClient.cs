using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Geobuk.Compute.Access;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Jobs;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Server.Pools;

namespace Geobuk.Cli.Pools;

/// <summary>Asks a running service.</summary>
internal sealed class ComputeClient : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(RecipeJson.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };

    private const int PageLimit = 1000;

    private readonly HttpClient _http;

    private ComputeClient(ComputeServer.Connection connection)
    {
        var handler = new HttpClientHandler();
        if (connection.Certificate is not null) handler.ServerCertificateCustomValidationCallback = (_, shown, _, _) => connection.Shows(shown);
        _http = new HttpClient(handler) { BaseAddress = new Uri(connection.Url) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", connection.Key);
    }

    /// <summary>Where the state of a service lies that nobody placed elsewhere.</summary>
    public static string DefaultFolder => Environment.GetEnvironmentVariable("GEOBUK_COMPUTE_STATE") is { Length: > 0 } folder
        ? folder : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".geobuk", "compute");

    /// <summary>Finds the service: by the environment (GEOBUK_COMPUTE_URL and _KEY), else by the state folder.</summary>
    /// <exception cref="UserInputException">There is none.</exception>
    public static ComputeClient Connect(string folder)
    {
        if (Environment.GetEnvironmentVariable("GEOBUK_COMPUTE_URL") is { Length: > 0 } url)
            return new ComputeClient(new ComputeServer.Connection(url, Environment.GetEnvironmentVariable("GEOBUK_COMPUTE_KEY") ?? ""));
        var file = Path.Combine(folder, ComputeServer.ConnectionFile);
        if (!File.Exists(file)) throw new UserInputException($"{file}: not there; expected a service that was started here. Start one: geobuk compute up");
        return new ComputeClient(JsonSerializer.Deserialize<ComputeServer.Connection>(File.ReadAllText(file), RecipeJson.Options)!);
    }

    /// <summary>A call with an answer in JSON.</summary>
    public async Task<T> AskAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellation)
    {
        using var response = await SendAsync(method, path, body, cancellation);
        return (await JsonSerializer.DeserializeAsync<T>(await response.Content.ReadAsStreamAsync(cancellation), Json, cancellation))!;
    }

    /// <summary>All jobs that the key may see, by number.</summary>
    public async Task<IReadOnlyList<JobRecord>> JobsAsync(CancellationToken cancellation)
    {
        var jobs = new SortedDictionary<long, JobRecord>();
        // Who ends meanwhile is in both; that it is over is the later news.
        foreach (var view in new[] { "open", "over" })
            for (long? beyond = view == "open" ? 0 : long.MaxValue; beyond is not null;)
            {
                var page = await AskAsync<JobPage>(HttpMethod.Get, $"jobs?view={view}&limit={PageLimit}&beyond={beyond}", null, cancellation);
                foreach (var found in page.Jobs) jobs[found.Job.Id] = found.Job;
                beyond = page.Next;
            }
        return [.. jobs.Values];
    }

    /// <summary>The whole ledger, as far as the key may see it.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> LedgerAsync(CancellationToken cancellation)
    {
        var ledger = new List<LedgerEntry>();
        for (long? beyond = 0; beyond is not null;)
        {
            var page = await AskAsync<LedgerPage>(HttpMethod.Get, $"usage?beyond={beyond}", null, cancellation);
            ledger.AddRange(page.Entries);
            beyond = page.Next;
        }
        return ledger;
    }

    /// <summary>The whole audit log, the oldest entry first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> AuditAsync(CancellationToken cancellation)
    {
        var chain = new List<AuditEntry>();
        for (IReadOnlyList<AuditEntry>? more = null; more is not { Count: 0 }; chain.AddRange(more))
            more = (await AskAsync<AuditList>(HttpMethod.Get, chain.Count == 0 ? "audit" : $"audit?before={chain[^1].Sequence}", null, cancellation)).Entries;
        chain.Reverse();
        return chain;
    }

    /// <summary>Fetches a file into another, which is whole or not there.</summary>
    public async Task FetchAsync(string path, string target, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get, path, null, cancellation);
        await using (var file = File.Create(target + ".new"))
            await response.Content.CopyToAsync(file, cancellation);
        File.Move(target + ".new", target, overwrite: true);
    }

    /// <summary>What a job printed from a place on, and where it goes on.</summary>
    public async Task<(string Text, long Next)> LogAsync(long job, long offset, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get, $"jobs/{job}/log?offset={offset}", null, cancellation);
        return (await response.Content.ReadAsStringAsync(cancellation), long.Parse(response.Headers.GetValues("X-Next-Offset").Single(), System.Globalization.CultureInfo.InvariantCulture));
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, "/compute/v1/" + path);
        if (body is not null) request.Content = new StringContent(JsonSerializer.Serialize(body, RecipeJson.Options), Encoding.UTF8, "application/json");
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, cancellation);
        }
        catch (HttpRequestException fault)
        {
            throw new UserInputException($"{_http.BaseAddress}: no answer ({fault.Message}); expected a running service. Start one: geobuk compute up", fault);
        }
        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(cancellation);
            using var problem = text.StartsWith('{') ? JsonDocument.Parse(text) : null;
            throw new UserInputException(problem is not null && problem.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString()! : $"{path}: HTTP {(int)response.StatusCode}");
        }
    }

    private sealed record JobPage(IReadOnlyList<FoundJob> Jobs, long? Next);

    private sealed record FoundJob(JobRecord Job);

    private sealed record LedgerPage(IReadOnlyList<LedgerEntry> Entries, long? Next);

    private sealed record AuditList(IReadOnlyList<AuditEntry> Entries);
}
