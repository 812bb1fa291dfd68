using System.Globalization;
using System.Text.Json.Nodes;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Cards;

/// <summary>The corpus in Croissant 1.1 (MLCommons, 2026) with its RAI vocabulary, JSON-LD.</summary>
internal static class CroissantCard
{
    public const string FileName = "croissant.json";
    public const string Version = "http://mlcommons.org/croissant/1.1";
    private const string ResponsibleAi = "http://mlcommons.org/croissant/RAI/1.0";

    private static readonly string[] Terms =
    [
        "arrayShape", "citeAs", "column", "containedIn", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath",
        "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "separator", "source", "subField", "transform",
    ];

    public static JsonObject Of(CardFacts facts) => new()
    {
        ["@context"] = Context(),
        ["@type"] = "sc:Dataset",
        ["conformsTo"] = new JsonArray(Version, ResponsibleAi),
        ["name"] = facts.Name,
        ["description"] = $"{facts.Report.Kept} documents, {facts.Report.Tokens} training tokens; tokenizer {facts.Report.TokenizerDigest}. Merkle root over lineage.jsonl (RFC 6962): {facts.Report.MerkleRoot}.",
        ["license"] = facts.Report.Licenses.Count == 0 ? "none: no document was kept" : new JsonArray([.. facts.Report.Licenses.Select(license => (license.Basis, license.Reference)).Distinct().Select(License)]),
        ["url"] = facts.Urn,
        ["creator"] = new JsonObject { ["@type"] = "sc:Organization", ["name"] = facts.Tool },
        ["datePublished"] = facts.CreatedText,
        ["version"] = "1.0.0",
        ["inLanguage"] = "ko",
        ["usageInfo"] = facts.Report.Obligations.Count == 0 ? "No obligations." : $"Obligations that travel with the data and with what is trained on it: {string.Join(", ", facts.Report.Obligations)}.",
        ["rai:dataCollection"] = $"Documents of the sources {string.Join(", ", facts.Report.Sources.Select(source => source.Source))}, read from files; {facts.Report.Documents} found, {facts.Report.Quarantined.Values.Sum()} quarantined.",
        ["rai:dataManipulationProtocol"] = string.Join(' ', CardFacts.Preprocessing),
        ["rai:personalSensitiveInformation"] = facts.Masked.Count == 0 ? "None found by screening." : string.Join("; ", facts.Masked) + ".",
        ["rai:dataLimitations"] = "Texts are as of the versions of their files; screening misses what its rules do not know.",
        ["prov:wasGeneratedBy"] = new JsonObject { ["@type"] = "prov:Activity", ["prov:endedAtTime"] = facts.CreatedText, ["prov:wasAssociatedWith"] = facts.Tool },
        ["prov:wasDerivedFrom"] = new JsonArray([.. facts.Report.Sources.Select(source => new JsonObject { ["@type"] = "prov:Entity", ["name"] = source.Source })]),
        ["distribution"] = new JsonArray([.. facts.Files.Select(FileObject)]),
        ["recordSet"] = new JsonArray([.. RecordSets(facts)]),
    };

    private static JsonObject Context()
    {
        var context = new JsonObject
        {
            ["@language"] = "en",
            ["@vocab"] = "https://schema.org/",
            ["sc"] = "https://schema.org/",
            ["cr"] = "http://mlcommons.org/croissant/",
            ["rai"] = "http://mlcommons.org/croissant/RAI/",
            ["dct"] = "http://purl.org/dc/terms/",
            ["prov"] = "http://www.w3.org/ns/prov#",
            ["conformsTo"] = "dct:conformsTo",
            ["data"] = new JsonObject { ["@id"] = "cr:data", ["@type"] = "@json" },
            ["dataType"] = new JsonObject { ["@id"] = "cr:dataType", ["@type"] = "@vocab" },
            ["examples"] = new JsonObject { ["@id"] = "cr:examples", ["@type"] = "@json" },
        };
        foreach (var term in Terms) context[term] = $"cr:{term}";
        return context;
    }

    private static JsonObject License((string Basis, string? Reference) license) => new()
    {
        ["@type"] = "sc:CreativeWork",
        ["name"] = license.Reference is null ? license.Basis : $"{license.Basis} ({license.Reference})",
        ["description"] = LicenseBasis.Korean(license.Basis),
    };

    private static JsonObject FileObject(CardFile file) => new()
    {
        ["@type"] = "cr:FileObject",
        ["@id"] = file.Name,
        ["name"] = file.Name,
        ["contentUrl"] = file.Name,
        ["contentSize"] = string.Create(CultureInfo.InvariantCulture, $"{file.Bytes} B"),
        ["encodingFormat"] = file.MediaType,
        ["sha256"] = file.Sha256,
    };

    private static IEnumerable<JsonObject> RecordSets(CardFacts facts)
    {
        foreach (var file in facts.Files)
        {
            string[]? fields = file.Name switch
            {
                "validation.domain.jsonl" or "validation.general.jsonl" => ["id", "source", "text"],
                "lineage.jsonl" => ["id", "source", "format", "file_sha256", "set", "tokens_sha256"],
                "dropped.jsonl" => ["id", "source", "reason", "detail"],
                _ => null,
            };
            if (fields is null) continue;
            var set = Path.GetFileNameWithoutExtension(file.Name);
            yield return new JsonObject
            {
                ["@type"] = "cr:RecordSet",
                ["@id"] = set,
                ["name"] = set,
                ["field"] = new JsonArray([.. fields.Select(field => new JsonObject
                {
                    ["@type"] = "cr:Field",
                    ["@id"] = $"{set}/{field}",
                    ["name"] = field,
                    ["dataType"] = "sc:Text",
                    ["source"] = new JsonObject { ["fileObject"] = new JsonObject { ["@id"] = file.Name }, ["extract"] = new JsonObject { ["jsonPath"] = $"$.{field}" } },
                })]),
            };
        }
    }
}
