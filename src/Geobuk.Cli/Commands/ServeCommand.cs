using System.CommandLine;
using Geobuk.Server;
using Geobuk.Server.Hosting;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk serve</c>: the server and its pages.</summary>
internal static class ServeCommand
{
    /// <summary>Serves models until told to stop.</summary>
    public delegate Task Run(IReadOnlyList<string> models, ServerOptions options, CancellationToken cancellation);

    /// <param name="run">What serves; the server where null.</param>
    public static Command Create(Run? run = null)
    {
        run ??= GeobukServer.RunAsync;
        var models = new Argument<string[]>("MODEL") { Description = ModelPath.Argument().Description, Arity = ArgumentArity.ZeroOrMore };
        var urls = new Option<string>("--urls") { Description = "Addresses, separated by semicolons.", DefaultValueFactory = _ => "http://127.0.0.1:8080" };
        var keys = new Option<string?>("--api-keys") { Description = "A file with one API key per line, and what it may: KEY name=N role=user|metrics|admin labels=L requests=N tokens=N concurrent=N (a minute). Without it everybody who reaches the address may ask.", HelpName = "FILE" };
        var parallel = new Option<int>("--parallel") { Description = "Requests answered at once.", DefaultValueFactory = _ => new ServerOptions().Parallel };
        var context = new Option<int?>("--ctx") { Description = "Tokens of context; the model's own by default.", HelpName = "N" };
        var threads = new Option<int?>("--threads") { Description = "Threads; all cores by default.", HelpName = "N" };
        var cache = CacheOption.Create();
        var queue = new Option<int>("--queue") { Description = "Requests that may wait, per model; one more is answered 429.", DefaultValueFactory = _ => new ServerOptions().QueueLimit, HelpName = "N" };
        var corpus = new Option<string?>("--draft-corpus") { Description = "A UTF-8 text that answers quote, such as the regulations: what stands in it comes faster. Everybody who may ask must be allowed to see it.", HelpName = "FILE" };
        var noDrafts = new Option<bool>("--no-draft") { Description = "Guess no tokens. Guesses are verified and change no answer, and stop by themselves where they do not pay; this is to compare." };
        var kernels = KernelOption.Create();
        var rows = new Option<bool>("--no-repack") { Description = "Read the weights as the file has them: no file beside them in the cache, and slower answers." };
        var grace = new Option<double>("--grace") { Description = "Seconds that running answers may go on after the server was told to stop; what is not done then ends with an error.", DefaultValueFactory = _ => new ServerOptions().ShutdownGrace.TotalSeconds, HelpName = "SECONDS" };
        // What is no time at all; the server looks at the rest with its other settings.
        grace.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is var seconds && !(Math.Abs(seconds) < 1e9)) result.AddError($"--grace: {seconds} seconds; expected 0 to 86400. 60 is usual.");
        });
        var certificate = new Option<string?>("--tls-cert") { Description = "A PEM certificate for https addresses.", HelpName = "FILE" };
        var certificateKey = new Option<string?>("--tls-key") { Description = "Its PEM key, where the certificate's file does not hold it.", HelpName = "FILE" };
        var upstream = AddressOption.Create("--upstream", "Another OpenAI-compatible server to pass requests on to, with the keys and limits of this one before it. Its key is read from GEOBUK_UPSTREAM_KEY.", "http://127.0.0.1:8000");
        var traces = AddressOption.Create("--otlp", "An OpenTelemetry collector to send a span per request to, by OTLP over HTTP: models, numbers and times, never what was asked or answered.", "http://127.0.0.1:4318");
        return Verb.Create("serve", "Serve models by the OpenAI API, with a chat page.",
            "geobuk serve runs/quickstart/light --urls http://127.0.0.1:8080", [models, urls, keys, parallel, context, threads, cache, queue, corpus, noDrafts, kernels, rows, grace, certificate, certificateKey, upstream, traces], async (arguments, output, cancellation) =>
            {
                await run([.. (arguments.GetValue(models) ?? []).Select(ModelPath.Resolve)], new ServerOptions
                {
                    Urls = ServerOptions.SplitUrls(arguments.GetRequiredValue(urls)),
                    ApiKeysFile = arguments.GetValue(keys),
                    Parallel = arguments.GetValue(parallel),
                    ContextLength = arguments.GetValue(context),
                    Threads = arguments.GetValue(threads),
                    KeyValueType = CacheOption.Read(arguments.GetRequiredValue(cache)),
                    Upstream = arguments.GetValue(upstream),
                    UpstreamKey = Environment.GetEnvironmentVariable("GEOBUK_UPSTREAM_KEY"),
                    TraceEndpoint = arguments.GetValue(traces),
                    QueueLimit = arguments.GetValue(queue),
                    DraftCorpus = arguments.GetValue(corpus),
                    NoDrafts = arguments.GetValue(noDrafts),
                    Kernels = KernelOption.Read(arguments.GetValue(kernels)),
                    NoRepack = arguments.GetValue(rows),
                    ShutdownGrace = TimeSpan.FromSeconds(arguments.GetValue(grace)),
                    CertificateFile = arguments.GetValue(certificate),
                    CertificateKeyFile = arguments.GetValue(certificateKey),
                }, cancellation);
                return ExitCode.Done;
            });
    }
}
