using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Tests.Scheduling;
using Geobuk.Compute.Wording;
using Geobuk.Recipes;

namespace Geobuk.Compute.Tests.Wording;

public sealed partial class StatementTests
{
    /// <summary>Names that stand as they are in Korean, too.</summary>
    private static readonly string[] Names = ["--preemptible", "--max-run", "Kueue"];

    public static TheoryData<string> Phrases => [.. Enum.GetNames<Phrase>()];

    [Theory]
    [MemberData(nameof(Phrases))]
    public void Phrase_IsSaidInBothLanguages_OfTheSameValues(string name)
    {
        var (english, korean) = (Saying(name, Language.English), Saying(name, Language.Korean));
        string[] Of(string saying) => [.. Place().Matches(saying).Where(place => !place.Groups["choice"].Success || place.Value.Contains('#')).Select(place => place.Groups["value"].Value).Distinct().Order()];

        // Whether one thing is or several are is said of a number that need not stand there.
        Assert.Empty(Of(english).Except(Of(korean)));
        Assert.Empty(Of(korean).Except(Place().Matches(english).Select(place => place.Groups["value"].Value)));
        Assert.DoesNotMatch("[가-힣“”]", english);
        Assert.DoesNotMatch("[A-Za-z]", Names.Aggregate(Place().Replace(korean, ""), (text, known) => text.Replace(known, "", StringComparison.Ordinal)));
        // The form of these follows the sound of what is before them, which of a name nobody knows.
        Assert.DoesNotMatch(@"\}[”)]?(을|를|이|가|은|는|과|와|으?로|이?나|이?라|이?랑)([\s,.]|$)", korean);
        Assert.DoesNotContain("|", korean, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "1 device is free in one place; it needs 2")]
    [InlineData(3, "3 devices are free in one place; it needs 2")]
    public void Numbers_OfOneAndOfMany_FitTheirNouns(int free, string said) => Assert.Equal(said, new Statement(Phrase.TooFewFree, free, 2).ToString());

    [Theory]
    [InlineData(0, "0 entries")]
    [InlineData(1, "1 entry")]
    public void Counted_OfOneAndOfMany_FitTheirNouns(long number, string said) => Assert.Equal(said, Counted.Of(number, "entry", "entries"));

    [Fact]
    public void WordsOfAnEngine_StayAsTheyAre()
    {
        var held = new Statement(Phrase.NotBegun, new Statement(Phrase.EngineWords, "Slurm, Resources"));

        Assert.Equal("not begun by its engine: Slurm, Resources", held.ToString());
        Assert.Equal("실행 엔진에서 아직 시작하지 않음: “Slurm, Resources”", held.In(Language.Korean));
    }

    [Theory]
    [InlineData(0, "0초")]
    [InlineData(59.4, "59초")]
    [InlineData(120, "2분")]
    [InlineData(500, "8분 20초")]
    [InlineData(3600, "1시간")]
    [InlineData(7265, "2시간 1분")]
    [InlineData(2 * 86_400 + 3600 * 5.5, "2일 5시간")]
    [InlineData(1e9, "11,574일 1시간")]
    public void Seconds_InKorean_AreDaysHoursMinutes(double seconds, string said) => Assert.Equal($"빨라도 {said} 뒤에 다시 시작", new Statement(Phrase.NotBefore, seconds).In(Language.Korean));

    [Fact]
    public void Kept_AndReadBack_SaysTheSame()
    {
        var kept = new JsonSerializerOptions(RecipeJson.Options) { Converters = { new StatementJson(null) }, WriteIndented = false };
        var statement = new Statement(Phrase.OthersLeave, new Statement(Phrase.LendMore, 2, "h200", "lent", new Statement(Phrase.AnotherLender, "국방")));

        var text = JsonSerializer.Serialize(statement, kept);

        Assert.Equal("""{"phrase":"others_leave","of":[{"phrase":"lend_more","of":[2,"h200","lent",{"phrase":"another_lender","of":["국방"]}]}]}""", text);
        var back = JsonSerializer.Deserialize<Statement>(text, kept)!;
        Assert.Equal("2 more nodes of h200 in lent that another tenant of cohort 국방 lends; others are then asked to leave for it", back.ToString());
        Assert.Equal("풀 lent의 h200 노드 2개를 더 빌려줌: 공유 묶음 국방의 다른 조직, 그러면 다른 작업이 자리를 비우게 됨", back.In(Language.Korean));
        // What an earlier version kept is a text, and what an answer holds.
        Assert.Equal("had to go", JsonSerializer.Deserialize<Statement>("\"had to go\"", kept)!.ToString());
        Assert.Equal($"\"{back}\"", JsonSerializer.Serialize(back, RecipeJson.Options));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Statement>("""{"phrase":"none_such","of":[]}""", kept));
    }

    /// <summary>Why the jobs of random clusters wait and what would start them, with nothing of it in English but names.</summary>
    [Fact]
    public void Explanations_OfRandomClusters_AreKorean()
    {
        var said = new HashSet<Phrase>();
        for (var seed = 0; seed < 100; seed++)
        {
            var cluster = new RandomCluster(seed);
            RandomCluster.Settle(cluster.Scheduler, cluster.State, cluster.Now);
            var names = cluster.State.Groups.SelectMany(group => new[] { group.Pool.Name, group.Kind }).Concat(cluster.State.Nodes.Select(node => node.Config.Name))
                .Concat(cluster.State.Tenants.SelectMany(tenant => new[] { tenant.Config.Path, tenant.Config.Cohort })).Concat(cluster.State.Pending.Select(job => job.Spec.Kind)).OfType<string>().Concat(Names).OrderByDescending(name => name.Length).ToList();
            foreach (var job in cluster.State.Pending.ToList())
            {
                var why = new Explainer(cluster.State, cluster.Scheduler, job, cluster.Now).Explain(_ => seed % 2 == 0);
                foreach (var statement in why.Chain.Select(link => link.Found).Append(why.Change).Append(why.Blocker).OfType<Statement>())
                {
                    var korean = names.Aggregate(statement.In(Language.Korean), (text, name) => text.Replace(name, "", StringComparison.Ordinal));
                    Assert.DoesNotMatch(@"[A-Za-z?{}#]", korean);
                    Assert.DoesNotMatch(@"[?{}#]", statement.ToString());
                    said.Add(statement.Phrase);
                }
            }
        }
        Assert.True(said.Count > 15, string.Join(", ", said));
    }

    private static string Saying(string name, Language language) => typeof(Phrase).GetField(name)!.GetCustomAttribute<SaysAttribute>()!.In(language);

    [GeneratedRegex(@"\{(?<value>\d)(?::[^}]+|(?<choice> [^|}]*\|[^}]*))?\}")]
    private static partial Regex Place();
}
