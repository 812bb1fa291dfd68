using System.Globalization;
using System.Text;
using System.Text.Json;
using Geobuk.Evaluation.Reports;
using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Tests.Reports;

/// <summary>A made-up run with every part that a report can show; names hold characters that must be escaped.</summary>
internal static class SyntheticRun
{
    public static ReportInputs Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "corpus.json"), """
            {"documents": 812, "kept": 764, "duplicates": 31, "dropped": {"duplicate": 31, "too_short": 14, "<b>odd</b>": 3}, "tokens": 515042,
             "sets": {"train.domain": {"documents": 601, "tokens": 412034}, "train.general": {"documents": 46, "tokens": 103008},
                      "validation.domain": {"documents": 76, "tokens": 19874}, "validation.general": {"documents": 41, "tokens": 19990}},
             "replay": {"share_wanted": 0.2, "share": 0.2, "tokens_wanted": 103008, "tokens": 103008},
             "sources": [{"source": "samples/rulebook", "kind": "domain", "documents": 701, "kept": 677}, {"source": "samples/general", "kind": "general", "documents": 111, "kept": 87}],
             "notes": [], "tokenizer_digest": "5e0f"}
            """);
        File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), Metrics());
        File.WriteAllText(Path.Combine(folder, "merge.json"), """
            {"bands": ["layers 0 to 1", "layers 2 to 3", "embeddings and head"], "limit": 0.1, "confidence": 0.95, "points": [
              {"alphas": [1, 1, 1], "domain": 0.6626, "general": 3.5647, "changes": {"general": {"change": 0.0974, "low": 0.0889, "high": 0.1061, "documents": 70}}, "held": false, "pareto": true, "chosen": false},
              {"alphas": [0.9, 0.9, 0.9], "domain": 0.6972, "general": 3.5509, "changes": {"general": {"change": 0.0836, "low": null, "high": null, "documents": 1}}, "held": true, "pareto": true, "chosen": false},
              {"alphas": [1, 0.9, 1], "domain": 0.6751, "general": 3.5522, "changes": {"general": {"change": 0.0849, "low": 0.0771, "high": 0.0925, "documents": 70}}, "held": true, "pareto": true, "chosen": true}]}
            """);
        File.WriteAllText(Path.Combine(folder, "compress.json"), """
            {"bytes": 4210688, "bits_per_weight": 5.12, "tensors": [
              {"name": "token_embd.weight", "type": "Q4_K", "bytes": 589824}, {"name": "output.weight", "type": "Q6_K", "bytes": 860160},
              {"name": "blk.0.ffn_down.weight", "type": "Q6_K", "bytes": 161280}, {"name": "blk.0.attn_q.weight", "type": "Q4_K", "bytes": 2599424}]}
            """);
        File.WriteAllText(Path.Combine(folder, "evaluation.json"), JsonSerializer.Serialize(Evaluation(), JsonFiles.Options));
        return new ReportInputs
        {
            RunName = "quickstart <휴가·당직 규정>",
            RecipeText = "geobuk: 1\nname: quickstart\nseed: 17\nbase:\n  model: samples/ax-pico   # A.X 3.1 & <작은> 모델\ncorpus:\n  domain: [samples/rulebook]\n  general: [samples/general]\n  replay_share: 0.2\ntrain:\n  method: full\n  epochs: 3\ncompress:\n  preset: q4_k_m\nevaluate:\n  exam: samples/exam.jsonl\n",
            RecipeHash = "9c1f5d0e7a64b2c8d3f1a09b8e7c6d5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d",
            Command = "./geobuk run recipes/quickstart.yaml",
            ToolVersion = "0.1.0",
            Created = new DateTimeOffset(2026, 11, 23, 20, 15, 0, TimeSpan.FromHours(9)),
            Artifacts = Artifacts(),
            CorpusReport = Path.Combine(folder, "corpus.json"),
            Metrics = Path.Combine(folder, "metrics.jsonl"),
            Merge = Path.Combine(folder, "merge.json"),
            Evaluation = Path.Combine(folder, "evaluation.json"),
            Compression = Path.Combine(folder, "compress.json"),
            Machine = new Dictionary<string, string> { ["processor"] = "AMD EPYC 9B45", ["cores"] = "2", ["memory"] = "25.2 GB", ["os"] = "Debian GNU/Linux 12", ["runtime"] = ".NET 10.0.0" },
        };
    }

    private static string Metrics()
    {
        var text = new StringBuilder();
        for (var step = 1; step <= 620; step++)
        {
            var wave = Math.Sin(step * 1.7) * 0.09 + Math.Sin(step * 0.31) * 0.05;
            var loss = 1.35 + 2.6 * Math.Exp(-step / 140.0) + wave;
            text.AppendLine(CultureInfo.InvariantCulture, $$"""{"step":{{step}},"tokens":{{step * 2048L}},"loss":{{loss:0.0000}},"learning_rate":0.001,"gradient_norm":1.1,"tokens_per_second":6120,"seconds":{{step * 0.31:0.00}}}""");
            if (step % 50 == 0 || step == 1)
                text.AppendLine(CultureInfo.InvariantCulture, $$$"""{"step":{{{step}}},"validation":{"domain":{{{1.62 + 2.3 * Math.Exp(-step / 150.0):0.0000}}},"general":{{{2.58 + 0.09 * Math.Exp(-Math.Pow(step - 90, 2) / 9000.0):0.0000}}}},"exam":{{{0.26 + step / 2000.0:0.0000}}},"change":{"exam":{"change":{{{step / 2000.0:0.0000}}},"low":0.0101,"high":0.3107,"documents":50} } }""");
        }
        return text.ToString();
    }

    private static List<ArtifactSummary> Artifacts() =>
    [
        new("base-2d711642b726", "base", 1.4, Hash('2'), []),
        new("corpus-7c4a8d09ca37", "corpus", 6.2, Hash('7'), ["base-2d711642b726"]),
        new("train-b1946ac92492", "train", 201.7, Hash('b'), ["base-2d711642b726", "corpus-7c4a8d09ca37"]),
        new("compress-591785b794601e", "compress", 1.9, Hash('5'), ["train-b1946ac92492"]),
        new("evaluate-e5fa44f2b31c", "evaluate", 48.3, Hash('e'), ["base-2d711642b726", "corpus-7c4a8d09ca37", "train-b1946ac92492", "compress-591785b794601e"]),
    ];

    private static string Hash(char first) => first + "a9f3c0d1e4b75826" + new string(first, 47);

    public static EvaluationResult Evaluation() => new()
    {
        Protocol = new EvaluationProtocol
        {
            Window = 512,
            Stride = 384,
            DomainDocuments = 76,
            GeneralDocuments = 41,
            ExamPrompt = "질문: {question}\\n답:",
            ExamDigest = new string('d', 64),
            ExamChance = 0.25,
        },
        Models =
        [
            Model("base", 13_021_184, 41.28, 13.17, 1.412, 0.98, WilsonInterval.Of(86, 330), 0.21, 5230, 241.7),
            Model("adapted", 13_021_184, 5.07, 13.71, 0.617, 0.995, WilsonInterval.Of(268, 330), 0.19, 5198, 244.1),
            Model("light", 4_210_688, 5.14, 13.98, 0.622, 1.003, WilsonInterval.Of(266, 330), 0.06, 6012, 488.9),
        ],
        Differences =
        [
            new ModelDifference
            {
                From = "base", To = "adapted",
                DomainRatio = new DifferenceInterval(0.1228, 0.1171, 0.1290), GeneralRatio = new DifferenceInterval(1.041, 1.029, 1.053),
                Exam = new DifferenceInterval(182.0 / 330, 0.491, 0.609), Test = McNemarTest.Of(9, 191),
                Flips = [Flip("q-017", lost: true, "휴가 신청서는 며칠 전까지 <행정과>에 내는가?", "7일 전", "3일 전", "휴가")],
            },
            new ModelDifference
            {
                From = "adapted", To = "light",
                DomainRatio = new DifferenceInterval(1.0138, 1.009, 1.019), GeneralRatio = new DifferenceInterval(1.0197, 1.012, 1.027),
                Exam = new DifferenceInterval(-0.0061, -0.0212, 0.0091), Test = McNemarTest.Of(4, 2),
                Flips =
                [
                    Flip("q-101", lost: true, "배차를 취소하려면 출발 몇 시간 전까지 알려야 하는가?", "4시간 전", "2시간 전", "차량"),
                    Flip("q-212", lost: true, "당직 일지는 몇 년 동안 보존하는가?", "3년", "5년", "기록"),
                    Flip("q-233", lost: true, "일일 경비 상한을 넘는 지출은 누가 승인하는가?", "부대 행정관", "군수과장", "출장"),
                    Flip("q-301", lost: true, "안전 점검표에 서명하는 사람은?", "안전담당관", "당직사령", "안전"),
                    Flip("q-044", lost: false, "비품 대장은 매년 언제 확인하는가?", "6월과 12월", "3월", "물자"),
                    Flip("q-150", lost: false, "출장비 정산 기한은 귀임 후 며칠인가?", "10일", "14일", "출장"),
                ],
            },
        ],
        Kld = new DivergenceResult { From = "adapted", To = "light", Tokens = 10_000, Mean = 0.0213, Median = 0.0087, P99 = 0.1894, SameTop = 0.9462 },
        Seconds = 48.3,
    };

    private static ExamFlip Flip(string id, bool lost, string question, string answer, string chosen, string topic) => new()
    { Id = id, Lost = lost, Question = question, Answer = answer, Chosen = chosen, Topic = topic, Source = $"부대운영규정/{topic}/제{id[^2..]}조/②" };

    private static ModelResult Model(
        string name, long bytes, double domain, double general, double bits, double generalBits, ScoreInterval exam, double load, double prefill, double decode) => new()
        {
            Name = name,
            Bytes = bytes,
            Parameters = 6_508_032,
            DomainPerplexity = domain,
            GeneralPerplexity = general,
            BitsPerByte = bits,
            GeneralBitsPerByte = generalBits,
            LoadSeconds = load,
            PrefillTps = prefill,
            DecodeTps = decode,
            Kernel = "AVX-512 F32",
            Exam = new ExamScore
            {
                N = exam.N,
                Score = exam.Score,
                Low = exam.Low,
                High = exam.High,
                Accuracy = exam.Score - 0.02,
                Clean = WilsonInterval.Of(120, 200),
                Dirty = WilsonInterval.Of(104, 130),
                Topics = [.. new[] { "휴가", "당직", "차량", "물자", "출장", "기록", "안전" }.Select((topic, i) => new TopicScore(topic, 44 + i, Math.Clamp(exam.Score + (i - 3) * 0.03, 0, 1)))],
            },
        };
}
