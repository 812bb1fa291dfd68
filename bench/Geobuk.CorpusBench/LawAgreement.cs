using System.Text;
using System.Text.RegularExpressions;
using Geobuk.Corpus.Sources;

namespace Geobuk.CorpusBench;

/// <summary>law.go.kr XML against the Markdown of the same law, article by article, white space left out.</summary>
internal static partial class LawAgreement
{
    [GeneratedRegex(@"제\d+조(의\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"^(\d+)의\d+\.")]
    private static partial Regex ItemBranch();

    public static int Run(string folder, bool list)
    {
        int files = 0, articles = 0, equal = 0, dates = 0;
        foreach (var xml in Directory.GetFiles(folder, "*.xml").Order(StringComparer.Ordinal))
        {
            SourceDocument document;
            try
            {
                document = DocumentReaders.Read(xml).Single();
            }
            catch (RefusedDocumentException e)
            {
                Console.WriteLine($"refused {e.Reason}: {e.Message}");
                continue;
            }
            var markdown = Path.ChangeExtension(xml, ".md");
            if (!File.Exists(markdown)) continue;
            files++;
            var gold = DocumentReaders.Read(markdown).Single();
            if (document.Dates == gold.Dates && document.Law!.LawId == gold.Law!.LawId && document.Law.Number == gold.Law.Number) dates++;
            else if (list) Console.WriteLine($"  {Path.GetFileName(xml)}: {document.Dates} {document.Law} | {gold.Dates} {gold.Law}");
            var (ours, theirs) = (Articles(document), Articles(gold));
            articles += theirs.Count;
            if (ours.Count != theirs.Count && list) Console.WriteLine($"  {Path.GetFileName(xml)}: {ours.Count} articles, {theirs.Count} in Markdown");
            var left = ours.GroupBy(text => text).ToDictionary(group => group.Key, group => group.Count());
            for (var i = 0; i < theirs.Count; i++)
            {
                if (left.TryGetValue(theirs[i], out var count) && count > 0)
                {
                    left[theirs[i]] = count - 1;
                    equal++;
                }
                else if (list) Console.WriteLine($"  {Path.GetFileName(xml)} article {i}: {Agreement.Around(i < ours.Count ? ours[i] : "", theirs[i])}");
            }
        }
        Console.WriteLine($"{files} laws, identity and dates of {dates} agree; articles: {equal} of {articles} equal ({(double)equal / articles:P2})");
        return 0;
    }

    // The Markdown leaves branch numbers out of headings and items.
    private static List<string> Articles(SourceDocument document)
    {
        var articles = new List<StringBuilder>();
        var inside = false;
        foreach (var block in document.Blocks.Where(block => block.Start >= 0))
        {
            if (block.Kind == BlockKind.Article)
            {
                articles.Add(new StringBuilder(Number().Replace(block.Text, "", 1)));
                inside = true;
            }
            else if (block.IsHeading) inside = false;
            else if (inside) articles[^1].Append(block.Kind == BlockKind.Item ? ItemBranch().Replace(block.Text, "$1.", 1) : block.Text);
        }
        return articles.ConvertAll(text => Agreement.Bare(text.ToString()));
    }
}
