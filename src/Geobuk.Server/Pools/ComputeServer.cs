using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Geobuk.Compute.Access;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Service;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Server.Hosting;
using Microsoft.Extensions.Logging.Console;

namespace Geobuk.Server.Pools;

/// <summary>The API and the page of <see cref="ComputeService"/>, and its loop.</summary>
public static class ComputeServer
{
    /// <summary>The file in the state folder that tells the commands of this user where the service is and with which key.</summary>
    public const string ConnectionFile = "server.json";

    /// <summary>Bytes of a request at most.</summary>
    internal const int MostBody = 1 << 20;

    private const int MostConnections = 1000;

    private static readonly TimeSpan LongestStop = TimeSpan.FromMinutes(1), BetweenTries = TimeSpan.FromMilliseconds(250);

    /// <summary>Serves until told to stop; jobs go on running.</summary>
    /// <param name="config">Pools, tenants, policy.</param>
    /// <param name="folder">Folder for database, logs and results.</param>
    /// <param name="database">A PostgreSQL connection string or a file; null takes SQLite in the folder.</param>
    /// <param name="url">The address.</param>
    /// <param name="tls">PEM files of the certificate and of its key, which may be the same, for an https address; null for http.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="UserInputException">A setting is wrong or the address cannot be had.</exception>
    public static async Task RunAsync(ComputeConfig config, string folder, string? database, string url, (string Certificate, string? Key)? tls, CancellationToken cancellationToken)
    {
        var certificate = tls is var (chain, ownKey) ? TlsCertificate.Load(chain, ownKey) : null;
        var scheme = certificate is null ? "http" : "https";
        if (!IsAddress(url, scheme)) throw new UserInputException($"--urls: {url}; expected {scheme}:// with an IP address, localhost or *, and a port, such as {scheme}://127.0.0.1:8090. (https goes with --tls-cert, http without.)");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UserInputException($"--state: {fault.Message} Expected a folder that can be made and written. Choose another.", fault);
        }
        // Servers of one PostgreSQL share the folder, too: its lock says whose turn it is. A file of SQLite has none.
        using var first = database is null || !ComputeStore.HasTurns(database) ? Alone(folder) : null;
        using var store = ComputeStore.Open(database ?? Path.Combine(folder, "compute.db"),
            () => System.Console.Error.WriteLine("--database: another server works on it; this one takes over when that one is gone."), cancellationToken);
        // Users as whom jobs run may pass through the folder to theirs: what all tenants submitted is not for them.
        if (!OperatingSystem.IsWindows())
            foreach (var file in Directory.GetFiles(folder, "compute.db*")) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var second = first is null ? await NextAsync(folder, cancellationToken) : null;
        ComputeService? service = null;
        var engines = new Dictionary<string, IComputeEngine>();
        var jobs = Path.Combine(folder, "jobs");
        store.Bind(jobs);
        foreach (var warning in Warnings(config, store.Keys())) System.Console.Error.WriteLine(warning);
        foreach (var pool in config.Pools)
        {
            var cores = pool.Nodes.Where(node => node.Kind == NodeConfig.Cores).Select(node => node.Name).ToHashSet();
            engines[pool.Name] = pool.Engine switch
            {
                "slurm" => new SlurmEngine(jobs, pool.EngineSettings),
                "kubernetes" => new KubernetesEngine(jobs, pool.EngineSettings, () => service?.Wake(), config.CheckpointDeadlineSeconds, cores),
                "ssh" => new SshEngine(jobs, pool.EngineSettings, cores),
                _ => new ProcessEngine(jobs, () => service?.Wake(), new ControlGroups(pool.EngineSettings), cores, JobUsers.Of(pool.EngineSettings, store.Account)),
            };
        }
        using var running = service = Started(() => new ComputeService(config, store, pool => engines[pool]));
        await using var app = Build(service, url, certificate);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException fault)
        {
            throw new UserInputException($"--urls: {fault.Message} Choose another port or stop who has it.", fault);
        }
        Started(() => WriteConnection(folder, service, app.Urls.First(), certificate?.Hash));
        ServerLog.Listening(app.Logger, app.Urls.First());
        if (certificate is null && !new Uri(app.Urls.First().Replace("//*:", "//0.0.0.0:", StringComparison.Ordinal)).IsLoopback) ServerLog.Unencrypted(app.Logger);
        ServerLog.Page(app.Logger, app.Urls.First(), Path.Combine(folder, ConnectionFile));
        try
        {
            await service.RunAsync(text => ServerLog.Changed(app.Logger, text), cancellationToken);
        }
        catch (System.Data.Common.DbException fault)
        {
            // Whoever lost the database may have lost it to another server: nothing more is started from here.
            throw ComputeStore.Unusable(fault);
        }
        finally
        {
            await app.StopAsync(CancellationToken.None);
            foreach (var engine in engines.Values.OfType<IDisposable>()) engine.Dispose();
        }
    }

    private static T Started<T>(Func<T> start)
    {
        try
        {
            return start();
        }
        catch (System.Data.Common.DbException fault)
        {
            throw ComputeStore.Unusable(fault);
        }
        catch (InvalidDataException fault)
        {
            throw new UserInputException($"--database: {fault.Message}", fault);
        }
    }

    /// <summary>The web application, not yet started.</summary>
    public static WebApplication Build(ComputeService service, string url) => Build(service, url, null);

    private static WebApplication Build(ComputeService service, string url, TlsCertificate? certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "geobuk" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostBody;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
        });
        certificate?.Show(builder);
        builder.Services.AddRoutingCore();
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        var app = builder.Build();
        app.Urls.Add(url);
        ComputeEndpoints.Map(app, service);
        PoolPage.Map(app);
        return app;
    }

    /// <summary>What an operator should know before jobs start: where tenants share a user their jobs can do to each other what a user can do to himself.</summary>
    /// <param name="config">Pools and tenants.</param>
    /// <param name="keys">Keys that were given.</param>
    public static IEnumerable<string> Warnings(ComputeConfig config, IEnumerable<Geobuk.Compute.Access.ApiKey> keys)
    {
        var tenants = config.Tenants.Select(tenant => tenant.Path).Concat(keys.Where(key => key.Role is Role.Member or Role.Admin).Select(key => key.Tenant)).Distinct().Order(StringComparer.Ordinal).ToList();
        if (tenants.Count < 2) yield break;
        foreach (var pool in config.Pools.Where(pool => pool.Engine != "kubernetes" && !JobUsers.AreApart(pool.EngineSettings)))
            yield return $"pool {pool.Name}: jobs of all tenants ({string.Join(", ", tenants.Take(3))}{(tenants.Count > 3 ? $" and {tenants.Count - 3} more" : "")}) run as one user and can read each other's files and logs, and end each other. "
                + (pool.Engine == "local" ? "Where they do not trust each other, start the service as root and set engine_settings.uids, as 70000-70999." : "Where they do not trust each other, give each a service of its own, with an account of its own there.");
    }

    /// <summary>Any other name, a mistyped number too, would be taken for every address that the machine has.</summary>
    private static bool IsAddress(string url, string scheme) => Uri.TryCreate(url.Replace("//*:", "//0.0.0.0:", StringComparison.Ordinal), UriKind.Absolute, out var parsed)
        && parsed is { PathAndQuery: "/", UserInfo: "" } && parsed.Scheme == scheme && (parsed.Host == "localhost" || IPAddress.TryParse(parsed.DnsSafeHost, out _));

    /// <summary>The first key, of an operator, is made once and kept where only this user reads it.</summary>
    private static bool WriteConnection(string folder, ComputeService service, string url, string? certificate)
    {
        var file = Path.Combine(folder, ConnectionFile);
        var known = File.Exists(file) ? JsonSerializer.Deserialize<Connection>(File.ReadAllText(file), RecipeJson.Options) : null;
        var secret = known?.Key is { } kept && service.Known(kept) is not null ? kept : service.GrantSelf();
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(file + ".new", options))
            JsonSerializer.Serialize(stream, new Connection(url, secret, certificate), RecipeJson.Options);
        File.Move(file + ".new", file, overwrite: true);
        return known is not null;
    }

    /// <summary>Two services on one folder would start everything twice.</summary>
    private static FileStream Alone(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault)
        {
            throw new UserInputException($"{folder}: another service has it; expected one service per folder. Stop that one or choose another --state.", fault);
        }
    }

    /// <summary>Who had the turn before may have lost the database only, and takes a moment to stop.</summary>
    private static async Task<FileStream> NextAsync(string folder, CancellationToken cancellationToken)
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                return Alone(folder);
            }
            catch (UserInputException) when (waited.Elapsed < LongestStop)
            {
                await Task.Delay(BetweenTries, cancellationToken);
            }
        }
    }

    /// <summary>Where the service is.</summary>
    /// <param name="Url">Its address.</param>
    /// <param name="Key">A key.</param>
    /// <param name="Certificate">SHA-256 of the certificate that it shows; null where it speaks plain HTTP. Whose name it has does not matter then.</param>
    public sealed record Connection(string Url, string Key, string? Certificate = null)
    {
        /// <summary>Whether a server that shows this certificate is the one.</summary>
        public bool Shows(X509Certificate2? shown) => shown is not null && TlsCertificate.HashOf(shown) == Certificate;
    }
}
