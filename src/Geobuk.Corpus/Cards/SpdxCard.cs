using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Cards;

/// <summary>The corpus as an SPDX 3.0.1 document with the Dataset profile, JSON-LD.</summary>
internal static partial class SpdxCard
{
    public const string FileName = "spdx.json";
    public const string Context = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";
    private const string CreationInfo = "_:creationinfo";

    public static JsonObject Of(CardFacts facts)
    {
        var licenses = facts.Report.Licenses.Select(license => (license.Basis, license.Reference)).Distinct().Select(license => (Id: IdOf(license), license.Basis, license.Reference)).ToList();
        var files = facts.Files.Select((file, i) => (Id: $"{facts.Urn}#File{i + 1}", file)).ToList();
        string agent = $"{facts.Urn}#Agent", package = $"{facts.Urn}#Dataset", expression = $"{facts.Urn}#License";
        var graph = new JsonArray
        {
            new JsonObject { ["type"] = "CreationInfo", ["@id"] = CreationInfo, ["specVersion"] = "3.0.1", ["created"] = facts.CreatedText, ["createdBy"] = new JsonArray(agent) },
            Element("SoftwareAgent", agent, facts.Tool),
            Element("SpdxDocument", facts.Urn, facts.Name, document =>
            {
                document["profileConformance"] = new JsonArray("core", "software", "simpleLicensing", "dataset");
                document["rootElement"] = new JsonArray(package);
            }),
            Element("dataset_DatasetPackage", package, facts.Name, dataset => Describe(dataset, facts, agent)),
            Element("simplelicensing_LicenseExpression", expression, null, license =>
            {
                license["simplelicensing_licenseExpression"] = licenses.Count == 0 ? "NONE" : string.Join(" AND ", licenses.Select(entry => entry.Id).Distinct());
                license["simplelicensing_customIdToUri"] = new JsonArray([.. licenses.Where(entry => entry.Id.StartsWith("LicenseRef-", StringComparison.Ordinal)).Select(entry => new JsonObject { ["type"] = "DictionaryEntry", ["key"] = entry.Id, ["value"] = $"{facts.Urn}#{entry.Id}" })]);
            }),
            Relationship($"{facts.Urn}#DeclaredLicense", "hasDeclaredLicense", package, expression),
            Relationship($"{facts.Urn}#ConcludedLicense", "hasConcludedLicense", package, expression),
        };
        foreach (var (id, basis, reference) in licenses.Where(entry => entry.Id.StartsWith("LicenseRef-", StringComparison.Ordinal)).DistinctBy(entry => entry.Id))
            graph.Add(Element("simplelicensing_SimpleLicensingText", $"{facts.Urn}#{id}", basis, text => text["simplelicensing_licenseText"] = reference is null ? LicenseBasis.Korean(basis) : $"{LicenseBasis.Korean(basis)}: {reference}"));
        foreach (var (id, file) in files)
        {
            graph.Add(Element("software_File", id, file.Name, element =>
            {
                element["software_primaryPurpose"] = "data";
                element["contentType"] = file.MediaType;
                element["verifiedUsing"] = new JsonArray(Hash(file.Sha256));
            }));
        }
        if (files.Count > 0) graph.Add(Relationship($"{facts.Urn}#Contains", "contains", package, [.. files.Select(file => file.Id)]));
        return new JsonObject { ["@context"] = Context, ["@graph"] = graph };
    }

    private static void Describe(JsonObject dataset, CardFacts facts, string agent)
    {
        dataset["description"] = $"{facts.Report.Kept} documents, {facts.Report.Tokens} training tokens, made from {facts.Report.Documents} documents.";
        dataset["originatedBy"] = new JsonArray(agent);
        dataset["builtTime"] = facts.CreatedText;
        dataset["releaseTime"] = facts.CreatedText;
        dataset["software_packageVersion"] = "1.0.0";
        dataset["software_primaryPurpose"] = "data";
        dataset["software_downloadLocation"] = facts.Urn;
        dataset["dataset_datasetType"] = new JsonArray("text");
        dataset["dataset_datasetSize"] = facts.Files.Sum(file => file.Bytes);
        dataset["dataset_dataCollectionProcess"] = $"Read from files of {string.Join(", ", facts.Report.Sources.Select(source => source.Source))}.";
        dataset["dataset_dataPreprocessing"] = new JsonArray([.. CardFacts.Preprocessing.Select(line => (JsonNode)line)]);
        // Rules find what they know; nobody can assert that nothing is left.
        dataset["dataset_hasSensitivePersonalInformation"] = "noAssertion";
        if (facts.Masked.Count > 0) dataset["dataset_anonymizationMethodUsed"] = new JsonArray([.. facts.Masked.Select(line => (JsonNode)line)]);
        dataset["dataset_intendedUse"] = "Training and evaluation of language models.";
        var owed = facts.Report.Licenses.Where(license => license.Obligations.Contains("attribution")).Select(license => (JsonNode)$"{license.Source}: {license.Basis}{(license.Reference is null ? "" : $" ({license.Reference})")}").ToArray();
        if (owed.Length > 0) dataset["software_attributionText"] = new JsonArray(owed);
        dataset["comment"] = $"Obligations: {(facts.Report.Obligations.Count == 0 ? "none" : string.Join(", ", facts.Report.Obligations))}. The hash is the RFC 6962 Merkle root over the lines of lineage.jsonl.";
        dataset["verifiedUsing"] = new JsonArray(Hash(facts.Report.MerkleRoot));
    }

    // Open licences have identifiers of their own at SPDX; the rest are references that this document explains.
    private static string IdOf((string Basis, string? Reference) license)
    {
        if (license is { Basis: LicenseBasis.OpenLicense, Reference: { } name } && Identifier().IsMatch(name)) return name.Replace(' ', '-');
        var suffix = license.Reference is null ? "" : "-" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(license.Reference)))[..8];
        return $"LicenseRef-{license.Basis.Replace('_', '-')}{suffix}";
    }

    private static JsonObject Element(string type, string id, string? name, Action<JsonObject>? fill = null)
    {
        var element = new JsonObject { ["type"] = type, ["spdxId"] = id, ["creationInfo"] = CreationInfo };
        if (name is not null) element["name"] = name;
        fill?.Invoke(element);
        return element;
    }

    private static JsonObject Relationship(string id, string type, string from, params string[] to) => Element("Relationship", id, null, relationship =>
    {
        relationship["relationshipType"] = type;
        relationship["from"] = from;
        relationship["to"] = new JsonArray([.. to.Select(end => (JsonNode)end)]);
    });

    private static JsonObject Hash(string sha256) => new() { ["type"] = "Hash", ["algorithm"] = "sha256", ["hashValue"] = sha256 };

    [GeneratedRegex(@"^(?:MIT|Apache[- ]2\.0|CC0-1\.0|CC[- ]BY(?:-(?:NC|SA|NC-SA))?[- ][1-4]\.0|BSD-[23]-Clause)$", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();
}
