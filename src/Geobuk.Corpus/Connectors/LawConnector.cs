using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Connectors;

/// <summary>
/// Laws (law) and administrative rules (admrul) from the open API of law.go.kr, one XML file for each, in the version that holds.
/// Only what is new or has another version is fetched. Connects only when it is run.
/// </summary>
public static partial class LawConnector
{
    private const int PageSize = 100, MostPages = 10_000;

    /// <summary>Brings a folder up to date.</summary>
    /// <param name="administrativeRules">Administrative rules instead of laws.</param>
    /// <param name="query">Words of the title; null takes all.</param>
    /// <param name="folder">Where the files lie.</param>
    /// <param name="options">Whom to ask.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; what is there stays.</param>
    /// <exception cref="UserInputException">The service does not answer, or not as itself.</exception>
    public static async Task<FetchReport> FetchAsync(
        bool administrativeRules, string? query, string folder, FetchOptions options, IProgress<StepReport> progress, CancellationToken cancellation)
    {
        using var client = new ApiClient(options);
        var target = administrativeRules ? LawTarget.AdministrativeRule : LawTarget.Law;
        var ledger = new FetchLedger(folder);
        var problems = new List<string>();
        var items = await ListAsync(client, target, query, options, problems, progress, cancellation).ConfigureAwait(false);
        var missing = items.Where(item => !ledger.Has(item.Id, item.Version)).ToList();
        var fetched = 0;
        foreach (var item in missing.Take(options.Limit ?? int.MaxValue))
        {
            progress.Report(new StepReport($"fetching {target.Name}", fetched, missing.Count, "files"));
            var text = await client.GetAsync("lawService.do", [("target", target.Name), (target.TextKey, item.Version), ("type", "XML")], cancellation).ConfigureAwait(false);
            if (Problem(text, target, item) is { } problem)
            {
                problems.Add($"{item.Title} ({item.Id}): {problem}");
                continue;
            }
            AtomicFile.Write(Path.Combine(folder, $"{item.Id}.xml"), stream => stream.Write(text));
            ledger.Record(item.Id, item.Version, $"{item.Id}.xml");
            fetched++;
        }
        var listed = items.Select(item => item.Id).ToHashSet(StringComparer.Ordinal);
        var gone = query is null ? ledger.Ids.Where(id => !listed.Contains(id)).Order(StringComparer.Ordinal).ToList() : [];
        return new FetchReport(items.Count, fetched, items.Count - missing.Count, gone, problems);
    }

    private static async Task<List<Item>> ListAsync(
        ApiClient client, LawTarget target, string? query, FetchOptions options, List<string> problems, IProgress<StepReport> progress, CancellationToken cancellation)
    {
        var items = new Dictionary<string, Item>(StringComparer.Ordinal);
        var seen = 0;
        var total = 0;
        for (var page = 1; page <= MostPages; page++)
        {
            List<(string, string)> parameters = [("target", target.Name), ("type", "XML"), ("display", $"{PageSize}"), ("page", $"{page}")];
            if (query is not null) parameters.Add(("query", query));
            var root = List(await client.GetAsync("lawSearch.do", parameters, cancellation).ConfigureAwait(false), target, options);
            var rows = root.Elements(target.Name).ToList();
            seen += rows.Count;
            total = int.TryParse(Value(root, "totalCnt"), out var count) ? count : seen;
            foreach (var row in rows) Add(row);
            progress.Report(new StepReport($"listing {target.Name}", seen, total, "items"));
            if (rows.Count == 0 || seen >= total) break;
        }
        // The list may grow while it is read; what it then lacks comes with the next fetch.
        if (seen < total) problems.Add($"the list ended after {seen} of {total}; run the same command again for the rest");
        return [.. items.Values];

        void Add(XElement row)
        {
            if (Value(row, target.StatusKey) is { Length: > 0 } status && !status.StartsWith("현행", StringComparison.Ordinal)) return;
            var item = new Item(Value(row, target.IdKey), Value(row, target.VersionKey), Value(row, "법령명한글") is { Length: > 0 } law ? law : Value(row, "행정규칙명"));
            if (Identifier().IsMatch(item.Id) && Identifier().IsMatch(item.Version)) items[item.Id] = item;
            else problems.Add($"{item.Title}: listed with {target.IdKey} '{item.Id}' and {target.VersionKey} '{item.Version}'; expected digits");
        }
    }

    private static XElement List(byte[] answer, LawTarget target, FetchOptions options)
    {
        var root = Parse(answer);
        if (root is not null && root.Name.LocalName == target.ListRoot && Value(root, "resultCode") is "" or "00") return root;
        var said = root is null ? "no XML" : Value(root, "resultMsg") is { Length: > 0 } message ? message : string.Join(' ', root.Descendants().Where(element => !element.HasElements).Select(element => element.Value.Trim())) is { Length: > 0 } text ? text : root.Name.LocalName;
        throw new UserInputException($"{options.Address}: {(said.Length > 200 ? said[..200] : said)}; expected {target.ListRoot}. Check the key in {options.KeyVariable} and that this machine's address is registered for it.");
    }

    private static string? Problem(byte[] answer, LawTarget target, Item item)
    {
        if (Parse(answer) is not { } root) return "the answer is no XML";
        if (root.Name.LocalName != target.TextRoot) return $"the answer is {root.Name.LocalName}; expected {target.TextRoot}";
        var id = root.Descendants(target.IdKey).FirstOrDefault()?.Value.Trim();
        return id == item.Id ? null : $"the answer is on {target.IdKey} '{id}'";
    }

    private static XElement? Parse(byte[] answer)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(answer), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return XDocument.Load(reader).Root;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static string Value(XElement element, string name) => element.Element(name)?.Value.Trim() ?? "";

    // They become file names.
    [GeneratedRegex("^[0-9]{1,20}$")]
    private static partial Regex Identifier();

    private sealed record Item(string Id, string Version, string Title);
}
