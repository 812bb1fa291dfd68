using System.Globalization;
using System.Text;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Cards;

/// <summary>The card of a model: what it was trained on, and the obligations that come with that. They do not end where the data does.</summary>
public static class ModelCard
{
    /// <summary>Name of the card in a model folder.</summary>
    public const string FileName = "README.md";

    /// <summary>Where the card of a model is: README.md in its folder, beside a GGUF file the file's name with .README.md.</summary>
    public static string PathOf(string model) => model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? Path.ChangeExtension(model, "." + FileName) : Path.Combine(model, FileName);

    /// <summary>Gives a model the cards of those that it is made from, one after another, so that obligations travel; none where they have none.</summary>
    /// <param name="cards">Their cards; those that are missing are passed over.</param>
    /// <param name="model">Folder or GGUF file of the model.</param>
    public static void Carry(IEnumerable<string> cards, string model)
    {
        var texts = cards.Where(File.Exists).Select(File.ReadAllText).Distinct().ToList();
        if (texts.Count > 0) AtomicFile.WriteText(PathOf(model), string.Join('\n', texts.Select((text, i) => i == 0 ? text : Body(text))));
    }

    /// <summary>Writes the card of a model that was made from a corpus.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="corpusFolder">The corpus.</param>
    public static void Write(string folder, string name, string corpusFolder)
    {
        var report = CorpusReport.Load(Path.Combine(corpusFolder, "corpus.json"));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"---\nlanguage: [ko]\nlicense: other\n---\n\n# 모델 {name}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"문서 {report.Kept:N0}건, 토큰 {report.Tokens:N0}개로 학습했습니다. 말뭉치의 머클 루트는 `{report.MerkleRoot}`입니다.\n\n");
        text.Append("## 학습에 쓴 자료\n\n| 자료 | 근거 | 참조 | 문서 | 의무 |\n|---|---|---|---:|---|\n");
        foreach (var license in report.Licenses)
            text.Append(CultureInfo.InvariantCulture, $"| {license.Source.Replace("|", "\\|", StringComparison.Ordinal)} | {LicenseBasis.Korean(license.Basis)} | {license.Reference ?? "–"} | {license.Documents:N0} | {ReadableCard.Obligations(license.Obligations)} |\n");
        text.Append("\n## 지킬 것\n\n");
        foreach (var obligation in report.Obligations) text.Append(CultureInfo.InvariantCulture, $"- {LicenseBasis.KoreanObligation(obligation)} (`{obligation}`)\n");
        if (report.Obligations.Count == 0) text.Append("- 따로 없음\n");
        AtomicFile.WriteText(Path.Combine(folder, FileName), text.ToString());
    }

    private static string Body(string card) => card.StartsWith("---\n", StringComparison.Ordinal) && card.IndexOf("\n---\n", 3, StringComparison.Ordinal) is > 0 and var end ? card[(end + 5)..] : card;
}
