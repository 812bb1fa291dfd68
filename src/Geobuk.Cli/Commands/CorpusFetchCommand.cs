using System.CommandLine;
using Geobuk.Cli.Terminal;
using Geobuk.Corpus.Connectors;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus fetch</c>: documents from public services; the only verb that connects to anything, and only where it is told to.</summary>
internal static class CorpusFetchCommand
{
    private static readonly Uri s_files = new("https://api.odcloud.kr/api"), s_services = new("https://apis.data.go.kr");

    public static Command Create()
    {
        var command = new Command("fetch", "Fetch documents from law.go.kr or data.go.kr: what is new or has changed since the last time.");
        command.Add(Law("law", "Fetch the laws in force from law.go.kr as XML.", administrativeRules: false));
        command.Add(Law("admrul", "Fetch the administrative rules in force (훈령, 예규, 고시) from law.go.kr as XML.", administrativeRules: true));
        command.Add(Data());
        return command;
    }

    private static Command Law(string name, string summary, bool administrativeRules)
    {
        var query = new Option<string?>("--query") { Description = "Words of the title; without it everything.", HelpName = "TEXT" };
        var (target, address, limit) = (Target(), Address("https://www.law.go.kr/DRF"), Limit());
        return Verb.Create(name, $"{summary} The key is taken from {FetchOptions.LawKeyVariable}.", $"geobuk corpus fetch {name} --query 병역 --out data/{name}",
            [query, target, address, limit], (arguments, output, cancellation) => RunAsync(output, arguments.GetRequiredValue(target), (options, display) =>
                LawConnector.FetchAsync(administrativeRules, arguments.GetValue(query), arguments.GetRequiredValue(target), options, display.Of("fetch"), cancellation),
                FetchOptions.Law(Key(FetchOptions.LawKeyVariable)), arguments.GetValue(address), arguments.GetValue(limit)));
    }

    private static Command Data()
    {
        var path = new Argument<string>("TABLE") { Description = "The table as its page at data.go.kr names it: 15012345/v1/uddi:… for file data, the path of the operation for a service." };
        var (target, address) = (Target(), Address("https://api.odcloud.kr/api or https://apis.data.go.kr"));
        return Verb.Create("data", $"Fetch a table from data.go.kr as CSV. The key is taken from {FetchOptions.DataKeyVariable}.", "geobuk corpus fetch data 15012345/v1/uddi:… --out data/tables",
            [path, target, address], (arguments, output, cancellation) =>
            {
                var table = arguments.GetRequiredValue(path);
                var standard = table.Contains("uddi:", StringComparison.Ordinal) ? s_files : s_services;
                return RunAsync(output, arguments.GetRequiredValue(target), (options, display) =>
                    PublicDataConnector.FetchAsync(table, arguments.GetRequiredValue(target), options, display.Of("fetch"), cancellation),
                    new FetchOptions(standard, "serviceKey", Key(FetchOptions.DataKeyVariable), FetchOptions.DataKeyVariable), arguments.GetValue(address), null);
            });
    }

    private static async Task<int> RunAsync(
        Output output, string folder, Func<FetchOptions, ProgressDisplay, Task<FetchReport>> fetch, FetchOptions standard, string? address, int? limit)
    {
        var options = standard with { Address = address is null ? standard.Address : AddressOf(address), Limit = limit, Waiting = trouble => output.Remark($"fetch: {trouble}; asking again") };
        FetchReport report;
        using (var display = output.Progress()) report = await fetch(options, display);
        output.Result(report, console =>
        {
            foreach (var problem in report.Problems) console.WriteLine(problem);
            if (report.Gone.Count > 0) console.WriteLine($"no longer listed, their files stay: {string.Join(", ", report.Gone)}");
            console.WriteLine($"{folder}: {report.Listed} listed, {report.Fetched} fetched, {report.Unchanged} unchanged");
        });
        return report.Problems.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static string Key(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } key ? key
        : throw new UserInputException($"{variable}: not set; expected the key that the service gave you. Set it in the environment; it is written nowhere.");

    private static Uri AddressOf(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" ? uri
        : throw new UserInputException($"--address {address}: not an address; expected https://…. Leave it out for the service itself.");

    private static Option<string> Target() => new("--out") { Description = "Folder for the documents; what is there in the same version is not fetched again.", HelpName = "DIR", Required = true };

    private static Option<string?> Address(string standard) => new("--address") { Description = $"Address of the service, {standard} by default; a mirror inside a closed network may stand in.", HelpName = "URL" };

    private static Option<int?> Limit() => new("--limit") { Description = "Documents at most now; the rest next time.", HelpName = "N" };
}
