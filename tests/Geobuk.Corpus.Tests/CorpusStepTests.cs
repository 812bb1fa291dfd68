using System.Text;
using System.Text.Json;
using Geobuk.Corpus.Packing;
using Geobuk.Corpus.Selection;
using Geobuk.Corpus.Shards;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Tests;

public sealed class CorpusStepTests : IDisposable
{
    private static readonly string[] Outputs =
    [
        "corpus.json", "cuts.jsonl", "documents.jsonl", "dropped.jsonl", "lineage.jsonl", "near_duplicates.jsonl", "train.domain.bin", "train.general.bin",
        "validation.domain.bin", "validation.domain.jsonl", "validation.general.bin", "validation.general.jsonl",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private string Out => Path.Combine(_folder, "out");

    private string In(string name) => Path.Combine(_folder, name);

    private string File_(string path, string text)
    {
        var full = In(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return full;
    }

    private void Corpus(string folder, int documents, int lines, string topic)
    {
        for (var i = 0; i < documents; i++)
            File_($"{folder}/{i:000}.txt", string.Join('\n', Enumerable.Range(0, lines).Select(line => $"{topic} {i}번 문서 제{line}조의 내용이다.")));
    }

    private CorpusConfig Config(params string[] domain) => new()
    {
        Domain = [.. domain.Select(In)],
        Licenses = TestLicenses.All,
        ValidationShare = 0.2,
        MaxValidationTokens = 3000,
    };

    private CorpusReport Run(CorpusConfig config, string? output = null) =>
        CorpusStep.Run(config, 17, ByteEncoder.Create(), output ?? Out, new Progress<StepReport>(), default);

    private List<string> Documents(string set, string? output = null)
    {
        using var reader = ShardReader.Open(Path.Combine(output ?? Out, set + ".bin"));
        return [.. Enumerable.Range(0, reader.DocumentCount).Select(i => ByteEncoder.Decode(reader.Document(i)))];
    }

    [Fact]
    public void Run_TwoSources_WritesEverySetAndCountsAddUp()
    {
        Corpus("domain", 40, 12, "병역");
        Corpus("general", 60, 20, "조경");
        File_("domain/again.txt", File.ReadAllText(In("domain/003.txt")) + "\r\n\r\n");
        File_("domain/short.md", "# 짧다");
        File_("domain/blank.txt", " \n\t\n");
        File_("domain/figure.xyz", "x");
        File_("domain/index.jsonl", """{"file":"a.txt","bytes":3}""");
        var config = Config("domain") with { General = [In("general")], ReplayShare = 0.25 };

        var report = Run(config);

        Assert.Equal(Outputs, Directory.GetFiles(Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(1, report.Duplicates);
        Assert.Equal(1, report.Dropped[DropReason.TooShort]);
        Assert.Equal(1, report.Dropped[DropReason.Empty]);
        Assert.Equal(1, report.Dropped[DropReason.UnsupportedFormat]);
        Assert.Equal(1, report.Dropped[DropReason.NoText]);
        Assert.Equal(105, report.Documents);
        Assert.Equal(report.Documents, report.Kept + report.Dropped.Values.Sum());
        Assert.Equal(report.Dropped.Values.Sum(), File.ReadLines(Path.Combine(Out, "dropped.jsonl")).Count());
        Assert.Contains("same text as 003.txt", File.ReadAllText(Path.Combine(Out, "dropped.jsonl")));
        foreach (var (name, set) in report.Sets)
        {
            using var reader = ShardReader.Open(Path.Combine(Out, name + ".bin"));
            Assert.Equal(set.Documents, reader.DocumentCount);
            Assert.Equal(set.Tokens, reader.TokenCount);
        }
        var loaded = CorpusReport.Load(Path.Combine(Out, "corpus.json"));
        Assert.Equal(report.ToJson(), loaded.ToJson());
    }

    [Fact]
    public void Run_ReplayShare_HoldsOverTheTrainingTokens()
    {
        Corpus("domain", 40, 12, "병역");
        Corpus("general", 60, 20, "조경");

        var report = Run(Config("domain") with { General = [In("general")], ReplayShare = 0.25 });

        Assert.InRange(report.Replay.Share, 0.24, 0.2501);
        Assert.Equal(report.Replay.Share, report.Sets["train.general"].Tokens / (double)report.Tokens, 6);
        Assert.Empty(report.Notes);
    }

    [Fact]
    public void Run_TooLittleGeneralText_SaysSo()
    {
        Corpus("domain", 40, 12, "병역");
        Corpus("general", 4, 3, "조경");

        var report = Run(Config("domain") with { General = [In("general")], ReplayShare = 0.5 });

        Assert.True(report.Replay.Share < 0.2);
        Assert.Contains(report.Notes, note => note.StartsWith("replay:", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_EveryDocument_IsInOneSetOnly()
    {
        Corpus("domain", 50, 10, "병역");

        Run(Config("domain"));

        var training = Documents("train.domain");
        var validation = Documents("validation.domain");
        Assert.NotEmpty(validation);
        Assert.All(validation, text => Assert.DoesNotContain(training, other => other.StartsWith(text, StringComparison.Ordinal)));
    }

    [Fact]
    public void Run_RenamedFilesInOtherFolders_GivesTheSameShards()
    {
        Corpus("a", 30, 10, "병역");
        for (var i = 0; i < 30; i++) File_($"b/{i % 3}/{999 - i * 7}.txt", File.ReadAllText(In($"a/{i:000}.txt")));

        Run(Config("a"), output: In("out1"));
        Run(Config("b"), output: In("out2"));

        foreach (var name in Outputs.Where(name => name.EndsWith(".bin", StringComparison.Ordinal)))
            Assert.Equal(File.ReadAllBytes(Path.Combine(In("out1"), name)), File.ReadAllBytes(Path.Combine(In("out2"), name)));
    }

    [Fact]
    public void Run_Twice_GivesTheSameBytes()
    {
        Corpus("domain", 30, 10, "병역");
        Corpus("general", 30, 10, "조경");
        var config = Config("domain") with { General = [In("general")], ReplayShare = 0.2, MaxDocuments = 20 };

        Run(config, output: In("out1"));
        Run(config, output: In("out2"));

        foreach (var name in Outputs)
            Assert.Equal(File.ReadAllBytes(Path.Combine(In("out1"), name)), File.ReadAllBytes(Path.Combine(In("out2"), name)));
    }

    [Fact]
    public void Run_OneMoreDocument_MovesNoOther()
    {
        Corpus("domain", 60, 4, "병역");
        var config = Config("domain") with { MaxValidationTokens = 100_000 };
        Run(config);
        var before = Documents("validation.domain");
        File_("domain/new.txt", "새로운 문서 하나를 더 넣어도 다른 문서는 제자리에 있다.");

        Run(config);

        Assert.Empty(before.Except(Documents("validation.domain")));
    }

    [Fact]
    public void Run_MaxDocuments_TakesADeterministicSubset()
    {
        Corpus("domain", 40, 5, "병역");

        var report = Run(Config("domain") with { MaxDocuments = 10 });

        Assert.Equal(10, report.Kept);
        Assert.Equal(30, report.Dropped[DropReason.MaxDocuments]);
    }

    [Fact]
    public void Run_ValidationCap_IsKeptAndLongDocumentsAreCutAtALineEnd()
    {
        Corpus("domain", 20, 200, "병역");

        var report = Run(Config("domain"));

        Assert.InRange(report.Sets["validation.domain"].Tokens, 2500, 3000);
        Assert.NotEmpty(report.Cut);
        Assert.All(report.Cut, cut => Assert.True(cut.Set == "validation.domain" && cut.Tokens < cut.Of));
        Assert.All(Documents("validation.domain"), text => Assert.EndsWith("내용이다.", text));
    }

    [Fact]
    public void Run_ValidationText_IsTheTextOfTheTokens()
    {
        Corpus("domain", 20, 100, "병역");

        Run(Config("domain"));

        var lines = File.ReadAllLines(Path.Combine(Out, "validation.domain.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(Documents("validation.domain"), lines.Select(line => line.GetProperty("text").GetString()));
        Assert.All(lines, line => Assert.EndsWith(".txt", line.GetProperty("id").GetString()));
        Assert.All(lines, line => Assert.Equal(In("domain"), line.GetProperty("source").GetString()));
    }

    [Fact]
    public void Run_WholeDocuments_EndWithTheEndToken()
    {
        Corpus("domain", 10, 5, "병역");

        Run(Config("domain"));

        using var reader = ShardReader.Open(Path.Combine(Out, "train.domain.bin"));
        for (var i = 0; i < reader.DocumentCount; i++)
        {
            Assert.Equal(ByteEncoder.End, reader.Document(i)[^1]);
            Assert.DoesNotContain(ByteEncoder.End, reader.Document(i)[..^1]);
        }
    }

    [Fact]
    public void Run_SameTextInBothSources_StaysInTheDomainOnly()
    {
        Corpus("domain", 10, 5, "병역");
        Corpus("general", 10, 5, "병역");

        var report = Run(Config("domain") with { General = [In("general")] });

        Assert.Equal(10, report.Duplicates);
        Assert.Equal(0, report.Sets["validation.general"].Documents + report.Sets["train.general"].Documents);
    }

    [Fact]
    public void Run_JsonLines_ReadsEachRecord()
    {
        var lines = Enumerable.Range(0, 30).Select(i => $$"""{"id":"문서-{{i}}","text":"제{{i}}조(目的) 이 규정은 ｶﾅ와 ①을 담는다.\r\n둘째 줄"}""");
        File_("domain/records.jsonl", string.Join("\n", lines) + "\n\n");

        var report = Run(Config("domain"));

        Assert.Equal(30, report.Kept);
        Assert.Equal(30, report.Normalization.LineEndings);
        Assert.Contains("records.jsonl#문서-", File.ReadAllText(Path.Combine(Out, "validation.domain.jsonl")));
        Assert.All(Documents("train.domain"), text => Assert.Matches("^제\\d+조\\(目的\\) 이 규정은 ｶﾅ와 ①을 담는다.\n둘째 줄$", text));
    }

    [Fact]
    public void Run_MissingAndEmptyFolders_AreReportedAtOnceAndNothingIsWritten()
    {
        File_("domain/good.txt", "읽을 수 있는 문서이며 스무 글자를 넘는 글이다.");
        Directory.CreateDirectory(In("empty"));

        var problems = Assert.Throws<UserInputException>(() => Run(Config("domain", "empty", "missing"))).Problems;

        Assert.Equal(2, problems.Count);
        Assert.Contains(problems, problem => problem.Contains("empty: no readable document"));
        Assert.Contains(problems, problem => problem.Contains("missing: no such file or folder"));
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public void Run_FilesThatCannotBeRead_AreQuarantinedWithAReasonAndTheRestIsKept()
    {
        Corpus("domain", 6, 5, "병역");
        File_("domain/bad.jsonl", "{\"text\":\"앞의 줄은 멀쩡하지만 파일이 깨졌으므로 쓰지 않는다.\"}\n{\"text\":\n");
        File_("domain/list.jsonl", "[1]\n");
        File_("domain/mixed.jsonl", "{\"text\":\"가\"}\n{\"other\":1}\n");
        File.WriteAllBytes(File_("domain/bytes.txt", ""), [.. "abc "u8, 0xFF]);
        File.WriteAllBytes(File_("domain/picture.md", ""), [0xFF, 0xD8, 0xFF, 0xE0, 0]);

        var report = Run(Config("domain"));

        Assert.Equal(6, report.Kept);
        Assert.Equal(new Dictionary<string, int> { ["damaged"] = 3, ["encoding"] = 1, ["wrong_extension"] = 1 }, report.Quarantined);
        Assert.Equal(report.Documents, report.Kept + report.Dropped.Values.Sum());
        var dropped = File.ReadAllText(Path.Combine(Out, "dropped.jsonl"));
        Assert.Contains("list.jsonl:1: a JSON Array", dropped);
        Assert.Contains("mixed.jsonl:2: no text", dropped);
        Assert.Contains("bytes.txt: byte 0xFF at offset 4; expected UTF-8", dropped);
    }

    [Fact]
    public void Run_ThirtyMissingFolders_ShowsTwenty()
    {
        var problems = Assert.Throws<UserInputException>(() => Run(Config([.. Enumerable.Range(0, 30).Select(i => $"missing{i}")]))).Problems;

        Assert.Equal(21, problems.Count);
        Assert.Contains("10 more problems", problems[^1]);
    }

    [Fact]
    public void Run_NothingLongEnough_SaysWhy()
    {
        File_("domain/a.txt", "짧다");

        var error = Assert.Throws<UserInputException>(() => Run(Config("domain")));

        Assert.Contains("too_short 1", error.Message);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public void Run_ReplayWithoutGeneral_IsRefused()
    {
        Corpus("domain", 3, 5, "병역");

        Assert.Contains("corpus.replay_share is 0.2", Assert.Throws<UserInputException>(() => Run(Config("domain") with { ReplayShare = 0.2 })).Message);
    }

    [Fact]
    public void Run_CancelledWhileWriting_LeavesNothing()
    {
        Corpus("domain", 60, 10, "병역");
        using var cancel = new CancellationTokenSource();
        var count = 0;
        var slow = ByteEncoder.Create();
        var encoder = slow with
        {
            Encode = text =>
            {
                if (Interlocked.Increment(ref count) == 25) cancel.Cancel();
                return slow.Encode(text);
            },
        };

        Assert.ThrowsAny<OperationCanceledException>(() => CorpusStep.Run(Config("domain"), 1, encoder, Out, new Progress<StepReport>(), cancel.Token));
        Assert.False(Directory.Exists(Out));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    public void Run_TextsKeptOrReadAgain_GiveTheSameFiles(long keptCharacters)
    {
        Corpus("domain", 30, 10, "병역");
        Run(Config("domain"));
        var second = In("second");

        CorpusStep.Run(Config("domain"), 17, ByteEncoder.Create(), second, (new Progress<StepReport>(), new ParallelOptions()), false, keptCharacters);

        Assert.All(Outputs, name => Assert.Equal(File.ReadAllBytes(Path.Combine(Out, name)), File.ReadAllBytes(Path.Combine(second, name))));
    }

    [Fact]
    public void Run_FileChangedBetweenThePasses_Fails()
    {
        Corpus("domain", 30, 10, "병역");
        var bytes = ByteEncoder.Create();
        var encoder = bytes with
        {
            Encode = text =>
            {
                for (var i = 0; i < 30; i++) File_($"domain/{i:000}.txt", "바뀐 문서");
                return bytes.Encode(text);
            },
        };

        Assert.Contains("changed while", Assert.Throws<UserInputException>(() => CorpusStep.Run(Config("domain"), 1, encoder, Out, (new Progress<StepReport>(), new ParallelOptions()), false, keptCharacters: 0)).Message);
        Assert.False(Directory.Exists(Out));
    }

    [Theory]
    [InlineData(3, 60, 3)]
    [InlineData(8, 6, 4)]
    public void Run_ReplayPasses_GiveEachPassGeneralTextOfItsOwnAtTheSameShare(int asked, int available, int got)
    {
        Corpus("domain", 40, 12, "병역");
        Corpus("general", available, 60, "조경");

        var report = Run(Config("domain") with { General = [In("general")], ReplayShare = 0.2, ReplayPasses = asked, MaxValidationTokens = 256 });

        Assert.InRange(report.Replay.Passes, got - 2, got);
        Assert.Equal(0.2, report.Replay.Share, 0.05);
        var shards = new[] { "train.domain.bin", "train.general.bin" }.Select(name => ShardReader.Open(Path.Combine(Out, name))).ToList();
        var corpus = new PackedCorpus(shards, 64, 3, [1, report.Replay.Passes]);
        var domain = shards[0].TokenCount;
        var seen = new HashSet<int>();
        for (var epoch = 0; epoch < report.Replay.Passes; epoch++)
        {
            var documents = Enumerable.Range(0, corpus.SequenceCount(epoch)).SelectMany(index => corpus.Documents(epoch, index)).Where(document => document >= 0).ToList();
            Assert.Equal(domain, documents.Count(document => document < shards[0].DocumentCount));
            var general = documents.Where(document => document >= shards[0].DocumentCount).ToList();
            Assert.DoesNotContain(general, seen.Contains);
            seen.UnionWith(general);
        }
        Assert.Equal(shards[1].DocumentCount, seen.Count);
        shards.ForEach(shard => shard.Dispose());
    }

    [SkippableFact]
    public void Run_FullDisk_SaysSo()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs /dev/full");
        Corpus("domain", 30, 10, "병역");
        Directory.CreateDirectory(Out);
        File.CreateSymbolicLink(Path.Combine(Out, "train.domain.bin.tmp"), "/dev/full");

        Assert.Contains($"{Out}: cannot be written", Assert.Throws<UserInputException>(() => Run(Config("domain"))).Message);
        Assert.Empty(Directory.GetFiles(Out));
    }

    [Fact]
    public void Run_Progress_CountsToTheEnd()
    {
        Corpus("domain", 12, 5, "병역");
        var reports = new List<StepReport>();
        var progress = new Recorder(reports);

        CorpusStep.Run(Config("domain"), 1, ByteEncoder.Create(), Out, progress, default);

        Assert.Contains(reports, report => report.Phase == "reading documents" && report.Done == 12 && report.Total == 12);
        Assert.Contains(reports, report => report.Phase == "tokenising domain" && report.Done == report.Total);
    }

    private sealed class Recorder(List<StepReport> reports) : IProgress<StepReport>
    {
        public void Report(StepReport value)
        {
            lock (reports) reports.Add(value);
        }
    }
}
