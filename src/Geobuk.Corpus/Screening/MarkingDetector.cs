using System.Text.RegularExpressions;
using Geobuk.Corpus.Sources;

namespace Geobuk.Corpus.Screening;

/// <summary>
/// Security markings. A marking stands for itself: alone on its line, in brackets at a line's edge, in a frame, in the head or
/// foot of a page, with its letters spaced, as a banner. A grade inside a sentence is a mention and is left alone.
/// </summary>
internal static partial class MarkingDetector
{
    private const RegexOptions Options = RegexOptions.CultureInvariant;
    private const string G = @"[\s\u200B-\u200D\u2060\uFEFF\u00AD·ㆍ.\-_]{0,10}";
    private const string Spaces = @"[\s\u200B-\u200D\u2060\uFEFF\u00AD·ㆍ.\-_]{1,10}";
    private const string Level = @"(?:[ⅠⅡⅢⅰⅱⅲ123１２３一二三]|[IⅠＩ]{1,3}|[iｉ]{1,3}|[l]{1,3}|[IＩ](?:\s?[IＩ]){1,2})";
    // Ⅱ급비밀, 군사 2 급 비 밀, 대외비, 對外秘, 군사기밀.
    private const string Grade = $@"(?:(?:군{G}사{G})?(?:제\s?)?{Level}{G}[급級]{G}(?:군{G}사{G})?(?:비{G}밀|기{G}밀|秘{G}密)|대{G}외{G}비|對{G}外{G}秘|군{G}사{G}(?:기{G}밀|비{G}밀)|군{G}사{G}{Level}{G}급|극{G}비)";
    private const string Open = @"[\[［〔【《〈<＜「『({（｛◀◁■□▣★☆※]";
    private const string Close = @"[\]］〕】》〉>＞」』)}）｝▶▷■□▣★☆※]";
    private const string Regulation = @"\s*(?:[,ㆍ·]|(?:취급|관리|보호|보관|업무|분류|기록|인가|발간|복제|소유|수발|및|또는|이상|이하|등|표시|지정|해당)(?!\s*(?:번호|부서)))";
    // 대외비 문서의 관리, 대외비 자료 취급 지침 (훈령): a phrase in words alone, from what is marked to what rules say of it. A handling caveat is none.
    private const string Phrase = @"\s?(?:문서|자료|사항|내용|정보|기록물?|문건|서류|파일|간행물|책자|도서|안건|매체|도면|공문)(?!.*(?:\s후\s|즉시|금지|금함|엄금|주의|요망))(?:의|에 관한|에 대한)?(?:[ ㆍ·][가-힣]+){0,8}?[ ㆍ·][가-힣]*(?:관리|취급|보호|보관|분류|해제|파기|생산|작성|발송|접수|열람|대출|인계|인수|인가|발간|복제|수발|반출|규정|규칙|훈령|예규|지침|세칙|내규|요령|기준|절차|방법|제도|교육|점검|개선|운영|처리)(?: ?\([가-힣 ]{1,12}\))?\s*$";
    private const int Short = 80, SpecimenReach = 400;
    private static readonly System.Buffers.SearchValues<char> LineEnds = System.Buffers.SearchValues.Create("\n\t|│┃║｜");

    /// <summary>Markings in the order of the document; those of running heads and hidden remarks concern the whole document.</summary>
    public static List<Finding> Find(SourceDocument document)
    {
        var found = new List<Finding>();
        var english = new EnglishMarkings();
        var (labels, edge) = (0, EdgeOf(document.Text));
        foreach (var block in document.Blocks)
        {
            if (!Candidate().IsMatch(block.Text)) continue;
            bool? legend = null;
            foreach (var (start, line) in Lines(block.Text))
            {
                var place = block.Start < 0 ? -1 : block.Start + start;
                var isEdge = place >= 0 && (place < edge.First || place >= edge.Last);
                var match = GradeEnds.MayGrade(line) || isEdge || block.Zone != BlockZone.Body ? Korean(block, line, isEdge) : null;
                if (match is not null && ((legend ??= IsLegend(block.Text)) || (place >= 0 && IsSpecimen(document, place)))) match = null;
                if (match is null && english.Find(line, block.Zone) is { } banner) match = banner;
                if (match is { } marking) found.Add(place < 0 ? Finding.OfDocument(FindingKind.SecurityMarking, line[marking.Index..(marking.Index + marking.Length)].Trim())
                    : new Finding(FindingKind.SecurityMarking, place + marking.Index, marking.Length, line.Substring(marking.Index, marking.Length)));
                if (line.AsSpan().ContainsAny(':', '：') && Label().IsMatch(line)) labels++;
            }
        }
        if (GradeEnds.MayStandUpright(document.Text) && Vertical().Match(document.Text) is { Success: true } vertical)
            found.Add(new Finding(FindingKind.SecurityMarking, vertical.Index, vertical.Length, vertical.Value));
        if (labels >= 2) found.Add(Finding.OfDocument(FindingKind.SecurityMarking, "예고문"));
        if (english.HasPortions) found.Add(Finding.OfDocument(FindingKind.SecurityMarking, "portion marks"));
        return found;
    }

    /// <summary>Whether a grade stands in a line, as a marking or not.</summary>
    internal static bool HoldsGrade(string line) => GradeAnywhere().IsMatch(line);

    private static (int Index, int Length)? Korean(Block block, string line, bool edge)
    {
        var zoned = block.Zone != BlockZone.Body;
        foreach (Match match in GradeAnywhere().Matches(line))
        {
            var (before, after) = (line[..match.Index], line[(match.Index + match.Length)..]);
            if (Prefix().IsMatch(before) && Suffix().IsMatch(after)) return At(match);
            if (IsBracketed(block, before, after, line)) return At(match);
            if (Declared().IsMatch(before) && Declares().IsMatch(after)) return At(match);
            if (IsSpaced(match.Value) && line.Length <= Short && !Quoted().IsMatch(after) && !IsHangul(before.LastOrDefault()) && !IsHangul(after.FirstOrDefault())) return At(match);
            var free = !AfterMention().IsMatch(after) && !BeforeMention().IsMatch(before);
            if (zoned && free && line.Trim().Length <= 2 * Short && !IsHangul(after.FirstOrDefault())) return At(match);
            if (edge && free && line.Trim().Length <= Short / 2 && Prefix().IsMatch(before) && !IsHangul(after.FirstOrDefault()) && block.Kind is BlockKind.Text or BlockKind.Title or BlockKind.Heading or BlockKind.Table) return At(match);
        }
        return (zoned || edge) && Secret().Match(line) is { Success: true } secret ? At(secret) : null;
    }

    // Round brackets explain as often as they mark: they must end a short line that is no article's heading.
    private static bool IsBracketed(Block block, string before, string after, string line)
    {
        if (!Opened().IsMatch(before) || !Closed().IsMatch(after)) return false;
        var round = before.TrimEnd()[^1] is '(' or '（';
        var rest = Closed().Replace(after, "", 1);
        var (first, last) = (Edge().IsMatch(before), string.IsNullOrWhiteSpace(rest));
        if (round) return block.Kind != BlockKind.Article && !ArticleNumber().IsMatch(before) && line.Length <= Short && (first || (last && !Numbered().IsMatch(line)));
        return (first || last || line.Length <= Short) && !Quoted().IsMatch(rest) && before.TrimEnd()[^1] is not ('「' or '『' or '<') || first;
    }

    private static (int, int) At(Match match) => (match.Index, match.Length);

    // A statute on markings draws the stamp that it prescribes.
    private static bool IsSpecimen(SourceDocument document, int place) =>
        document.Law is not null && document.Text.AsSpan(Math.Max(0, place - SpecimenReach), Math.Min(place, SpecimenReach)).Contains("다음과 같은", StringComparison.Ordinal);

    private static bool IsHangul(char c) => char.IsBetween(c, '가', '힣');

    private static bool IsSpaced(string grade) => SpacedGrade().IsMatch(grade);

    // A list of the grades explains them; a document bears one, or names the highest.
    private static bool IsLegend(string text)
    {
        var grades = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (_, line) in Lines(text))
            if (ExactGrade().Match(line) is { Success: true } match) grades.Add(string.Concat(match.Value.Where(c => !char.IsWhiteSpace(c))));
        return grades.Count >= 2 && text.Contains('\t', StringComparison.Ordinal);
    }

    private static (int First, int Last) EdgeOf(string text)
    {
        var (first, last) = (0, text.Length);
        for (var i = 0; i < 5 && first < text.Length; i++) first = text.IndexOf('\n', first) is var at and >= 0 ? at + 1 : text.Length;
        for (var i = 0; i < 3 && last > 0; i++) last = Math.Max(0, text.LastIndexOf('\n', last - 1));
        return (first, last);
    }

    // Cells and the frames of drawn boxes end a line too.
    private static IEnumerable<(int Start, string Line)> Lines(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var length = text.AsSpan(start).IndexOfAny(LineEnds);
            if (length < 0) length = text.Length - start;
            if (length > 0) yield return (start, text.Substring(start, length));
            start += length + 1;
        }
    }

    [GeneratedRegex(@"[급級秘비密밀]|예\s*고\s*문|사본번호|보호기간|SECRET|CONFIDENTIAL|CUI|CONTROLLED|Controlled|FOUO|OFFICIAL USE|NOFORN|DISTRIBUTION STATEMENT|RESTRICTED|Classified|CLASSIFIED|Declassify|DECLASSIFY|Derived|DERIVED|\((?:TS|S|C|U)(?:\)|//)", Options)]
    private static partial Regex Candidate();

    [GeneratedRegex(Grade, Options)]
    private static partial Regex GradeAnywhere();

    [GeneratedRegex($@"^\W*{Grade}\W*$", Options)]
    private static partial Regex ExactGrade();

    [GeneratedRegex($@"^(?:[\W_]*|[\W_]*(?:보\s*안\s*등\s*급|비\s*밀\s*등\s*급|문\s*서\s*등\s*급|비\s*밀\s*구\s*분|보\s*안\s*구\s*분|보\s*안\s*분\s*류|분\s*류\s*등\s*급|등\s*급|구\s*분|공\s*개\s*구\s*분|classification)\s*[:：\]】)]?[\W_]*|.{{0,20}}페이지\W*|\W*\d{{1,4}}\s*(?:/\s*\d{{1,4}}|쪽)?\s+\W*)$", Options | RegexOptions.IgnoreCase)]
    private static partial Regex Prefix();

    [GeneratedRegex(@"^[\W_]*(?>(?:문\s*서|자\s*료|원\s*본|사\s*본|평\s*문|취\s*급\s*주\s*의|취급\s*유의|사본\s?번호.*|원본\s*\d+.*|예고문.*|\d+\s*부\s*중.*|파기.*|까지|년|월|일|쪽|제\s*\d+\s*호|총|면|부|페이지|page|복사\s*금지|복제\s*금지|열람\s*후\s*파기|무단\s*(?:복제|복사|전재).*|SECRET|CONFIDENTIAL|TOP SECRET|\d+)[\W_]*)*$", Options)]
    private static partial Regex Suffix();

    [GeneratedRegex($@"{Open}\s*(?:보안등급\s*[:：]\s*|비밀등급\s*[:：]\s*)?$", Options)]
    private static partial Regex Opened();

    [GeneratedRegex($@"^\s*{Close}", Options)]
    private static partial Regex Closed();

    [GeneratedRegex(@"^[\W_]*$", Options)]
    private static partial Regex Edge();

    [GeneratedRegex(@"제\s*\d+\s*조(?:의\s*\d+)?\s*[(（]", Options)]
    private static partial Regex ArticleNumber();

    [GeneratedRegex(@"^\W*(?:\d{1,3}\s*[.)]|[가-하]\s*[.)]|[①-⑳])", Options)]
    private static partial Regex Numbered();

    [GeneratedRegex(@"^\s*[""'”’」』]?\s*(?:를|을|로|의|라|이라|표시|표기|라는|와|과|및|또는|등|문구|표지|도장|날인|인\s|은|는|이\s|가\s|에)", Options)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?:^|[\s\W])(?:이|본|동|위|첨부)\s*(?:문서|자료|보고서|안건|파일|책자|교재|내용|공문|계획|서류|전문|문건)(?:은|는|의 등급은|의 보안등급은)?\s[^.\n]{0,20}$", Options)]
    private static partial Regex Declared();

    [GeneratedRegex(@"^\s*(?:문서|자료|에 해당|사항)?\s*(?:임|입니다|이다|이므로|이니|이오니|으로 분류|로 분류|으로 지정|로 지정|이며|에 해당(?:함|하므로|합니다))", Options)]
    private static partial Regex Declares();

    [GeneratedRegex($"^(?:{Regulation}|{Phrase})", Options)]
    private static partial Regex AfterMention();

    [GeneratedRegex(@"(?:[""'“‘「『]\s*|및\s|또는\s|[,ㆍ·]\s?|제\d+조.*)$", Options)]
    private static partial Regex BeforeMention();

    [GeneratedRegex($@"^(?:{G}[군대]{Spaces}[사외]{Spaces}|.*[급級]{Spaces}비{Spaces}밀|대{Spaces}외{Spaces}비|.*비\s+밀$)", Options)]
    private static partial Regex SpacedGrade();

    [GeneratedRegex(@"^[\W_\d]*(?:비\s*밀|기\s*밀|극\s*비|秘|秘\s*密)[\W_\d]*$", Options)]
    private static partial Regex Secret();

    [GeneratedRegex(@"^\s*대\s*\n\s*외\s*\n\s*비\s*$", Options | RegexOptions.Multiline)]
    private static partial Regex Vertical();

    [GeneratedRegex(@"^\W*(?:예\s*고\s*문|보호\s?기간|보존\s?기간|사본\s?번호|재\s?분류)\s*[:：]\s*\S*\d", Options)]
    private static partial Regex Label();
}
