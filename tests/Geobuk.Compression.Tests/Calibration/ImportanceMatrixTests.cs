using Geobuk.Compression.Calibration;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests.Calibration;

public sealed class ImportanceMatrixTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-imatrix-").FullName;

    private string FilePath => Path.Combine(_folder, "imatrix.gguf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_OnAText_ObservesEveryMatrixOncePerTokenAndComesBackFromItsFile()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama);
        var matrix = Gather(model, "제1조 목적. 이 규칙은 휴가에 관한 사항을 정한다. ");
        var expected = ModelLayout.Of(TinyModel.Llama).Gguf.Where(spec => spec.Shape.Count == 2 && spec.Name != "token_embd.weight");
        Assert.Equal(expected.Select(spec => spec.Name).Order(), matrix.Entries.Keys.Order());
        Assert.All(matrix.Entries.Values, entry => Assert.Equal(matrix.Chunks * matrix.ChunkSize, Assert.Single(entry.Counts)));
        // Inputs of q, k and v are one and the same, RMS-normed and scaled by some 1 +- 0.2.
        Assert.Equal(matrix.Entries["blk.0.attn_q.weight"].SumSquares, matrix.Entries["blk.0.attn_v.weight"].SumSquares);
        Assert.InRange(matrix.Entries["blk.0.attn_q.weight"].Mean(0, 1).Average(), 0.8, 1.3);
        matrix.Save(FilePath);
        var again = ImportanceMatrix.Load(FilePath);
        Assert.Equal((matrix.Model, matrix.Chunks, matrix.ChunkSize, matrix.Datasets[0]), (again.Model, again.Chunks, again.ChunkSize, again.Datasets[0]));
        Assert.All(matrix.Entries, entry => Assert.Equal(entry.Value.SumSquares, again.Entries[entry.Key].SumSquares));
        using var checkpoint = ModelCheckpoint.Open(model);
        again.RequireModel(FilePath, checkpoint);
    }

    /// <summary>Each token reaches as many experts as the configuration says; an expert that none reached weighs all columns alike.</summary>
    [Fact]
    public void Run_OnAMixture_CountsPerExpert()
    {
        var config = TinyCheckpoint.Shapes["axk1"];
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName;
        TinyCheckpoint.Write(folder, config);
        using var model = InferenceModel.Load(folder);
        using var engine = new Engine(model, threads: 1);
        var sums = new Dictionary<string, InputSums>();
        engine.InputVisitor = (tensor, slice, inputs, rows) =>
        {
            if (!sums.TryGetValue(tensor, out var entry)) sums[tensor] = entry = new InputSums(inputs.Length / rows);
            entry.Add(slice, inputs, rows);
        };
        engine.Logits([.. Enumerable.Range(1, 60)], (_, _) => { });
        var experts = sums["blk.1.ffn_down_exps.weight"].ToEntry(config.Mixture!.RoutedExperts);
        Assert.Equal(60 * config.Mixture.ExpertsPerToken, experts.Counts.Sum());
        var idle = new ImportanceEntry(new float[6], [0, 2]);
        Assert.Equal([1f, 1, 1], idle.Mean(0, 2));
        Assert.Equal([0f, 0, 0], idle.Mean(1, 2));
    }

    /// <summary>Layer by layer every matrix is multiplied with what one sequence after the other gives it, bit for bit and in that order.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("axk1-groups")]
    [InlineData("axk2")]
    public void ReadByLayers_ShowsTheSameInputsAsSequenceAfterSequence(string family)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName;
        TinyCheckpoint.Write(folder, TinyCheckpoint.Shapes[family]);
        int[][] sequences = [[.. Enumerable.Range(1, 90)], [5], [.. Enumerable.Range(0, 33).Select(i => i * 7 % 93)]];
        using var model = InferenceModel.Load(folder, new InferenceOptions { Threads = 2, PrefillChunk = 16 });
        using var engine = new Engine(model);
        var (expected, actual) = (new Dictionary<(string, int), List<float>>(), new Dictionary<(string, int), List<float>>());
        engine.InputVisitor = (tensor, slice, inputs, _) => Room(expected, (tensor, slice)).AddRange(inputs);
        foreach (var sequence in sequences) engine.Logits(sequence, (_, _) => { });
        engine.InputVisitor = (tensor, slice, inputs, _) => Room(actual, (tensor, slice)).AddRange(inputs);
        var done = 0L;
        engine.ReadByLayers(sequences, tokens => done = tokens);
        Assert.Equal(124 * (model.Config.LayerCount + 1), done);
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        Assert.All(expected, entry => Assert.Equal(entry.Value, actual[entry.Key]));

        static List<float> Room(Dictionary<(string, int), List<float>> seen, (string, int) key) => seen.TryGetValue(key, out var values) ? values : seen[key] = [];
    }

    [Fact]
    public void RequireModel_OfAnotherModel_IsRefused()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama);
        var matrix = Gather(model, "휴가는 연가로 한다. ");
        TinyModel.Write(_folder, TinyModel.Llama, values: (name, shape) => TinyModel.Random(name + "other", shape));
        using (var other = ModelCheckpoint.Open(model))
            Assert.Contains("It belongs to another model", Assert.Throws<UserInputException>(() => matrix.RequireModel("im.gguf", other)).Message);
        TinyModel.Write(_folder, TinyModel.Llama with { IntermediateSize = 256 });
        using (var narrower = ModelCheckpoint.Open(model))
            Assert.Contains("has 512 columns; expected the 256", Assert.Throws<UserInputException>(() => matrix.RequireModel("im.gguf", narrower)).Message);
    }

    [Fact]
    public void Load_OfAModelFile_IsRefused()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama);
        ModelCompressor.Write(model, Compression.Quantization.CompressionPreset.Find("f16"), FilePath);
        Assert.Contains("general.type is model; expected imatrix", Assert.Throws<UserInputException>(() => ImportanceMatrix.Load(FilePath)).Message);
    }

    [Fact]
    public void Read_ShortText_IsWarnedOfWithItsFigure()
    {
        var model = TinyModel.Write(_folder, TinyModel.Llama);
        var text = Path.Combine(_folder, "text.txt");
        File.WriteAllText(text, "짧은 글");
        var read = CalibrationText.Read(text, Tokenizer.Load(model), 512);
        Assert.Contains(read.Warnings, warning => warning.Contains($"{read.Tokens} tokens; expected 10,000 or more", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Read_TextOfAnotherLanguage_IsWarnedOfWithItsShare()
    {
        var text = Path.Combine(_folder, "text.txt");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("The regulations on leave apply to all staff of the ministry. ", 2000)));
        var read = CalibrationText.Read(text, Tokenizer.Load(TestPaths.Repository("samples", "ax-pico")), 512);
        Assert.Contains(read.Warnings, warning => warning.Contains("0% of its letters are Hangul", StringComparison.Ordinal) || warning.Contains("0 % of its letters are Hangul", StringComparison.Ordinal));
    }

    private ImportanceMatrix Gather(string model, string sentence)
    {
        var text = Path.Combine(_folder, "text.txt");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat(sentence, 60)));
        using var loaded = InferenceModel.Load(model, new InferenceOptions { Threads = 1 });
        return ImportanceGathering.Run(model, loaded, CalibrationText.Read(text, loaded.Tokenizer, 128));
    }
}
