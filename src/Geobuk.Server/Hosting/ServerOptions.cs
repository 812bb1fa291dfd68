using System.Net;
using Geobuk.Inference;
using Geobuk.Inference.Kernels;
using Geobuk.Models;

namespace Geobuk.Server.Hosting;

/// <summary>Host settings of the server. None of them changes what a model answers, except the context length and the rounding of the cache.</summary>
public sealed record ServerOptions
{
    /// <summary>Addresses to listen on, plain HTTP: <c>http://127.0.0.1:8080</c>. Port 0 takes a free port.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:8080"];

    /// <summary>A file with API keys, their roles and limits; null serves everyone who reaches the address.</summary>
    public string? ApiKeysFile { get; init; }

    /// <summary>Another OpenAI-compatible server that requests are passed on to, instead of models of our own.</summary>
    public Uri? Upstream { get; init; }

    /// <summary>The key for the upstream.</summary>
    public string? UpstreamKey { get; init; }

    /// <summary>Requests that one model generates for at the same time.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Requests that may wait for a free place, per model; one more is answered 429.</summary>
    public int QueueLimit { get; init; } = 64;

    /// <summary>Tokens of prompt and answer together; null takes what the model was made for.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Threads of the engine; null takes every core.</summary>
    public int? Threads { get; init; }

    /// <summary>Element type of the key-value cache.</summary>
    public KeyValueType KeyValueType { get; init; } = new InferenceOptions().KeyValueType;

    /// <summary>Longest time a request may take, waiting included.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a waiting stream is told its place in the queue.</summary>
    public TimeSpan QueueNotice { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Silence after which a stream is sent a comment, so that nobody takes it for dead.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A text that answers may quote, to guess from; it must be one that every key may see.</summary>
    public string? DraftCorpus { get; init; }

    /// <summary>Guess no tokens: one after the other, as without speculation.</summary>
    public bool NoDrafts { get; init; }

    /// <summary>A PEM file with the server's certificate and those that vouch for it, for https addresses.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>A PEM file with the certificate's key; null where the certificate's file holds it too.</summary>
    public string? CertificateKeyFile { get; init; }

    /// <summary>An OpenTelemetry collector that is sent a span per request, by OTLP over HTTP; null sends nothing to anybody.</summary>
    public Uri? TraceEndpoint { get; init; }

    /// <summary>Longest time a request's body may take to arrive.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest request body in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 4L << 20;

    /// <summary>How long running answers may go on after the server was told to stop.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Read the weights as the file has them, without laying them out for the kernels.</summary>
    public bool NoRepack { get; init; }

    /// <summary>Instructions of the kernels; null takes the fastest.</summary>
    public KernelPath? Kernels { get; init; }

    /// <summary>Logs warnings and errors only.</summary>
    public bool Quiet { get; init; }

    /// <summary>Splits what a command line gives: addresses separated by semicolons or commas.</summary>
    public static IReadOnlyList<string> SplitUrls(string urls) =>
        urls.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Every address is on this machine alone.</summary>
    internal bool IsLoopbackOnly => Urls.All(url => IsLoopback(BindingAddress.Parse(url).Host));

    /// <summary>Checks every setting and reports all mistakes at once.</summary>
    /// <exception cref="UserInputException">Some setting is impossible.</exception>
    internal void Validate()
    {
        var problems = new List<string>();
        if (Urls.Count == 0) problems.Add("--urls: no address; expected one such as http://127.0.0.1:8080. Name an address or leave the option out.");
        problems.AddRange(Urls.Where(url => !IsUrl(url)).Select(url =>
            $"--urls: \"{url}\" is not an address to listen on; expected http://HOST:PORT such as http://127.0.0.1:8080, or https with --tls-cert."));
        if (Upstream is { } upstream && upstream is not { IsAbsoluteUri: true, Scheme: "http" or "https" }) problems.Add($"--upstream: \"{upstream}\"; expected an address such as http://127.0.0.1:8000. Correct it.");
        if (TraceEndpoint is { } traces && traces is not { IsAbsoluteUri: true, Scheme: "http" or "https" }) problems.Add($"--otlp: \"{traces}\"; expected an address such as http://127.0.0.1:4318. Correct it.");
        if (Parallel is < 1 or > 1024) problems.Add($"--parallel: {Parallel}; expected 1 to 1024. 1 to 8 is usual on one machine.");
        if (QueueLimit is < 0 or > 100_000) problems.Add($"--queue: {QueueLimit}; expected 0 to 100000. 64 is usual.");
        if (ContextLength is < 16) problems.Add($"--ctx: {ContextLength}; expected at least 16 tokens. Leave it out for the model's own length.");
        if (Threads is < 1 or > 1024) problems.Add($"--threads: {Threads}; expected 1 to 1024. Leave it out for every core.");
        if (RequestTimeout <= TimeSpan.Zero) problems.Add($"request timeout: {RequestTimeout}; expected more than zero. Ten minutes is usual.");
        if (ShutdownGrace < TimeSpan.Zero || ShutdownGrace > TimeSpan.FromDays(1)) problems.Add($"--grace: {ShutdownGrace.TotalSeconds} seconds; expected 0 to 86400. 60 is usual.");
        if (MaxBodyBytes < 1024) problems.Add($"body limit: {MaxBodyBytes} bytes; expected at least 1024. 4 MiB is usual.");
        if (ApiKeysFile is not null && !File.Exists(ApiKeysFile))
            problems.Add($"--api-keys: {ApiKeysFile}: no such file; expected a text file with one key per line. Create it or leave the option out.");
        if (QueueNotice <= TimeSpan.Zero || PingInterval <= TimeSpan.Zero) problems.Add("queue notice and ping interval: expected more than zero. 1.5 and 15 seconds are usual.");
        if (NoDrafts && DraftCorpus is not null) problems.Add("--no-draft and --draft-corpus: one guesses nothing, the other says from what; expected one of them. Leave one out.");
        if (Upstream is not null)
        {
            var usual = new ServerOptions();
            foreach (var (name, isGiven) in new[] { ("--ctx", ContextLength is not null), ("--threads", Threads is not null), ("--kv", KeyValueType != usual.KeyValueType), ("--draft-corpus", DraftCorpus is not null), ("--no-draft", NoDrafts), ("--kernels", Kernels is not null), ("--no-repack", NoRepack) })
                if (isGiven) problems.Add($"{name} and --upstream: it is about an engine here, and the other server has its own; expected one of them. Leave {name} out.");
        }
        foreach (var (name, file) in new[] { ("--tls-cert", CertificateFile), ("--tls-key", CertificateKeyFile), ("--draft-corpus", DraftCorpus) })
            if (file is not null && !File.Exists(file)) problems.Add($"{name}: {file}: no such file; expected one that can be read. Correct the path.");
        if (problems.Count > 0) throw new UserInputException(problems);
    }

    private bool IsUrl(string url)
    {
        try
        {
            // The web server's own reading, which also takes * and + for every address of the machine.
            var address = BindingAddress.Parse(url);
            // It takes a port that is no number for a part of the name.
            return (address.Scheme == "http" || (address.Scheme == "https" && CertificateFile is not null)) && address is { PathBase: "", IsUnixPipe: false, Port: >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort } && (address.Host.StartsWith('[') || !address.Host.Contains(':'));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
