namespace Geobuk.Corpus.Quality;

/// <summary>
/// Is text in Latin letters English? Naive Bayes over character trigrams, with the beginning of the Universal Declaration of Human Rights in
/// ten languages as the samples; accents are letters of their own. A few words suffice.
/// </summary>
internal static class LatinTrigrams
{
    // Longer texts say no more.
    private const int LettersRead = 4_000;

    private static readonly string[] Samples =
    [
        """
        All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards
        one another in a spirit of brotherhood. Everyone is entitled to all the rights and freedoms set forth in this Declaration, without
        distinction of any kind, such as race, colour, sex, language, religion, political or other opinion, national or social origin,
        property, birth or other status. Everyone has the right to life, liberty and security of person. No one shall be held in slavery
        or servitude. The contractor shall submit the report to the contracting officer, who will review it within thirty days of receipt.
        """,
        """
        Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im
        Geiste der Brüderlichkeit begegnen. Jeder hat Anspruch auf die in dieser Erklärung verkündeten Rechte und Freiheiten ohne irgendeinen
        Unterschied, etwa nach Rasse, Hautfarbe, Geschlecht, Sprache, Religion, politischer oder sonstiger Überzeugung. Jeder hat das Recht auf
        Leben, Freiheit und Sicherheit der Person. Niemand darf in Sklaverei oder Leibeigenschaft gehalten werden.
        """,
        """
        Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les
        uns envers les autres dans un esprit de fraternité. Chacun peut se prévaloir de tous les droits et de toutes les libertés proclamés
        dans la présente Déclaration, sans distinction aucune, notamment de race, de couleur, de sexe, de langue, de religion. Tout individu a
        droit à la vie, à la liberté et à la sûreté de sa personne. Nul ne sera tenu en esclavage ni en servitude.
        """,
        """
        Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse
        fraternalmente los unos con los otros. Toda persona tiene todos los derechos y libertades proclamados en esta Declaración, sin distinción
        alguna de raza, color, sexo, idioma, religión, opinión política o de cualquier otra índole. Todo individuo tiene derecho a la vida, a la
        libertad y a la seguridad de su persona. Nadie estará sometido a esclavitud ni a servidumbre.
        """,
        """
        Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione e di coscienza e devono agire gli uni
        verso gli altri in spirito di fratellanza. Ad ogni individuo spettano tutti i diritti e tutte le libertà enunciate nella presente
        Dichiarazione, senza distinzione alcuna. Ogni individuo ha diritto alla vita, alla libertà ed alla sicurezza della propria persona.
        """,
        """
        Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e de consciência, devem agir uns para com os
        outros em espírito de fraternidade. Todos os seres humanos podem invocar os direitos e as liberdades proclamados na presente Declaração,
        sem distinção alguma. Todo o indivíduo tem direito à vida, à liberdade e à segurança pessoal. Ninguém será mantido em escravatura.
        """,
        """
        Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met verstand en geweten, en behoren zich jegens
        elkander in een geest van broederschap te gedragen. Een ieder heeft aanspraak op alle rechten en vrijheden, in deze Verklaring opgesomd,
        zonder enig onderscheid van welke aard ook. Een ieder heeft het recht op leven, vrijheid en onschendbaarheid van zijn persoon.
        """,
        """
        Semua orang dilahirkan merdeka dan mempunyai martabat dan hak-hak yang sama. Mereka dikaruniai akal dan hati nurani dan hendaknya bergaul
        satu sama lain dalam semangat persaudaraan. Setiap orang berhak atas semua hak dan kebebasan yang tercantum di dalam Pernyataan ini
        dengan tidak ada pengecualian apa pun. Setiap orang berhak atas penghidupan, kebebasan dan keselamatan sebagai individu.
        """,
        """
        Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi. Mọi con người đều được tạo hóa ban cho lý trí và lương tâm
        và cần phải đối xử với nhau trong tình bằng hữu. Ai cũng được hưởng những quyền tự do ghi trong bản Tuyên ngôn này không phân biệt đối xử.
        """,
        """
        Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile
        hareket etmelidirler. Herkes, ırk, renk, cinsiyet, dil, din, siyasi veya diğer herhangi bir akide ayrımı gözetilmeksizin bu beyannamede
        ilan olunan tekmil haklardan ve bütün hürriyetlerden istifade edebilir. Yaşamak, hürriyet ve kişi emniyeti her ferdin hakkıdır.
        """,
    ];

    private static readonly Lazy<Dictionary<ulong, double[]>> Table = new(Learn);

    /// <summary>True where the Latin letters of <paramref name="text"/> read like English more than like any other sample.</summary>
    public static bool IsEnglish(string text)
    {
        var scores = new double[Samples.Length];
        foreach (var trigram in Trigrams(text).Take(LettersRead))
        {
            if (!Table.Value.TryGetValue(trigram, out var logs)) continue;
            for (var i = 0; i < scores.Length; i++) scores[i] += logs[i];
        }
        return scores[0] > scores[1..].Max();
    }

    // Log probabilities with half a count added to each trigram of the table.
    private static Dictionary<ulong, double[]> Learn()
    {
        var counts = new Dictionary<ulong, double[]>();
        var totals = new double[Samples.Length];
        for (var i = 0; i < Samples.Length; i++)
        {
            foreach (var trigram in Trigrams(Samples[i]))
            {
                if (!counts.TryGetValue(trigram, out var count)) counts[trigram] = count = new double[Samples.Length];
                count[i]++;
                totals[i]++;
            }
        }
        foreach (var count in counts.Values)
            for (var i = 0; i < count.Length; i++) count[i] = Math.Log((count[i] + 0.5) / (totals[i] + 0.5 * counts.Count));
        return counts;
    }

    private static IEnumerable<ulong> Trigrams(string text)
    {
        ulong last = 0;
        foreach (var raw in text)
        {
            var c = char.IsLetter(raw) && raw < '\u1F00' ? char.ToLowerInvariant(raw) : ' ';
            if (c == ' ' && (last & 0xFFFF) == ' ') continue;
            last = (last << 16 | c) & 0xFFFF_FFFF_FFFF;
            // Letters decide, not the space between two words alone.
            if (last >> 32 != 0 && (last >> 16 & 0xFFFF) != ' ') yield return last;
        }
    }
}
