package container

import (
	"fmt"
	"strings"
)

// lookupDatabaseProgram is the table of the clients that come with databases,
// as far as they ask whether the server is there, who may come in, and the few
// things that every fresh server answers alike.
func lookupDatabaseProgram(name string) program {
	switch name {
	case "mysql", "mysqladmin":
		return mysql
	case "psql":
		return psql
	case "pg_isready":
		return pgIsReady
	}
	return nil
}

// client is who asks a database, and where.
type client struct {
	user, password, host, query, database string
	port                                  int32
	bare                                  bool // psql -t
	list                                  bool
}

// reach connects to the server; over tells that it cannot, after what was
// printed.
func (c *call) reach(cl *client, refused string, status int) (o outcome, over bool) {
	if c.network == nil {
		return c.unsupported("without a network"), true
	}
	host := cl.host
	if host == "" || host == "localhost" {
		host = "127.0.0.1"
	}
	a, address, ok := c.fetch(&request{host: host, port: cl.port, path: "/"})
	switch {
	case !ok:
		return outcome{status: 1, again: c.t.block == blockSleep}, true
	case address == "" || a.Fault == Silent:
		return c.unsupported("to a server that does not answer"), true
	case a.Fault == Refused:
		c.complain("%s", refused)
		return done(status), true
	case host != "127.0.0.1":
		return c.unsupported("to a server in another Pod"), true
	}
	return o, false
}

func mysql(c *call) outcome {
	cl, words, bad := c.mysqlClient()
	switch {
	case bad == "--version":
		c.p.cut = true
		c.out(c.args[0] + "  Ver 8.4.7 for Linux on x86_64 (MySQL Community Server - GPL)\n")
		return done(0)
	case bad != "":
		return c.unsupported(bad)
	}
	if o, over := c.reach(&cl, "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)", 1); over {
		return o
	}
	if cl.password != "" {
		c.complain("%s: [Warning] Using a password on the command line interface can be insecure.", c.args[0])
	}
	if !c.mysqlAdmits(&cl) {
		return done(1)
	}
	if c.args[0] == "mysqladmin" {
		if len(words) != 1 || words[0] != "ping" {
			return c.unsupported(strings.Join(words, " "))
		}
		c.out("mysqld is alive\n")
		return done(0)
	}
	return c.mysqlQuery(strings.ToLower(strings.Trim(cl.query, "; \n")))
}

func (c *call) mysqlClient() (cl client, words []string, bad string) {
	cl = client{user: "root", port: 3306}
	fields := []struct {
		short, long string
		to          *string
	}{{"-e", "--execute", &cl.query}, {"-h", "--host", &cl.host}, {"-u", "--user", &cl.user}, {"-D", "--database", &cl.database}, {"-P", "--port", new(string)}}
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a, known := args[0], false
		for _, f := range fields {
			value, long := strings.CutPrefix(a, f.long+"=")
			switch {
			case long:
				*f.to, known = value, true
			case (a == f.short || a == f.long) && len(args) > 1:
				args = args[1:]
				*f.to, known = args[0], true
			case strings.HasPrefix(a, f.short) && len(a) > 2:
				*f.to, known = a[2:], true
			}
		}
		switch {
		case known:
		case a == "--version" || a == "-V":
			return cl, nil, "--version"
		case strings.HasPrefix(a, "--password="):
			cl.password = a[11:]
		case strings.HasPrefix(a, "-p"):
			cl.password = a[2:]
		case strings.HasPrefix(a, "-"):
			return cl, nil, a
		default:
			words = append(words, a)
		}
	}
	return cl, words, ""
}

// mysqlAdmits tells whether the server takes the name and the password that its
// image was set up with, and says so if it does not.
func (c *call) mysqlAdmits(cl *client) bool {
	want, open := c.t.vars["MYSQL_ROOT_PASSWORD"].value, c.t.vars["MYSQL_ALLOW_EMPTY_PASSWORD"].value != ""
	if cl.user == c.t.vars["MYSQL_USER"].value && cl.user != "" {
		want, open = c.t.vars["MYSQL_PASSWORD"].value, false
	} else if cl.user != "root" {
		want = "\x00"
	}
	if cl.password == want || open && want == "" && cl.password == "" {
		return true
	}
	used := map[bool]string{true: "YES", false: "NO"}[cl.password != ""]
	text := fmt.Sprintf("Access denied for user '%s'@'localhost' (using password: %s)", cl.user, used)
	if c.args[0] == "mysqladmin" {
		c.complain("mysqladmin: connect to server at 'localhost' failed\nerror: '%s'", text)
	} else {
		c.complain("ERROR 1045 (28000): %s", text)
	}
	return false
}

func (c *call) mysqlQuery(query string) outcome {
	switch query {
	case "select 1":
		c.out("1\n1\n")
	case "show databases":
		list := []string{"information_schema", "mysql", "performance_schema", "sys"}
		c.out("Database\n")
		if db := c.t.vars["MYSQL_DATABASE"].value; db != "" {
			c.out(db + "\n")
		}
		c.out(strings.Join(list, "\n") + "\n")
	case "":
		return c.unsupported("without -e, which needs a terminal")
	default:
		return c.unsupported("with the query " + query)
	}
	return done(0)
}

func (c *call) postgresClient() (cl client, bad string) {
	cl = client{user: "root", port: 5432}
	for args := c.args[1:]; len(args) > 0; args = args[1:] {
		a := args[0]
		if len(a) == 2 && strings.Contains("-U -h -p -d -c", a) && len(args) > 1 {
			a, args = a+args[1], args[1:]
		}
		switch {
		case strings.HasPrefix(a, "-U"):
			cl.user = a[2:]
		case strings.HasPrefix(a, "-h"):
			cl.host = a[2:]
		case strings.HasPrefix(a, "-d"):
			cl.database = a[2:]
		case strings.HasPrefix(a, "-c"):
			cl.query = a[2:]
		case a == "-t" || a == "-At" || a == "-tA":
			cl.bare = true
		case a == "-l":
			cl.list = true
		case strings.HasPrefix(a, "-"):
			return cl, a
		default:
			cl.database = a
		}
	}
	return cl, ""
}

const postgresSocket = `psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: `

func psql(c *call) outcome {
	cl, bad := c.postgresClient()
	if bad == "--version" || bad == "-V" {
		c.p.cut = true
		version := tagOf(c.p.spec.Image)
		version, _, _ = strings.Cut(version, "-")
		if version == "" || version == "latest" || version == "alpine" {
			version = "18"
		}
		c.out("psql (PostgreSQL) " + version + ".0 (Debian)\n")
		return done(0)
	}
	if bad != "" {
		return c.unsupported(bad)
	}
	if o, over := c.reach(&cl, postgresSocket+"No such file or directory\n\tIs the server running locally and accepting connections on that socket?", 2); over {
		return o
	}
	owner := c.t.vars["POSTGRES_USER"].value
	if owner == "" {
		owner = "postgres"
	}
	main := c.t.vars["POSTGRES_DB"].value
	if main == "" {
		main = owner
	}
	if cl.database == "" {
		cl.database = cl.user
	}
	switch {
	case cl.user != owner:
		c.complain("%sFATAL:  role %q does not exist", postgresSocket, cl.user)
		return done(2)
	case cl.database != main && cl.database != "postgres":
		c.complain("%sFATAL:  database %q does not exist", postgresSocket, cl.database)
		return done(2)
	}
	switch query := strings.ToLower(strings.Trim(cl.query, "; \n")); {
	case cl.list || query == "":
		return c.unsupported("of this form")
	case query == "select 1" && cl.bare:
		c.out("1\n")
	case query == "select 1":
		c.out(" ?column? \n----------\n        1\n(1 row)\n\n")
	default:
		return c.unsupported("with the query " + query)
	}
	return done(0)
}

func pgIsReady(c *call) outcome {
	cl, bad := c.postgresClient()
	if bad != "" {
		return c.unsupported(bad)
	}
	where := "/var/run/postgresql:5432"
	if cl.host != "" {
		where = cl.host + ":5432"
	}
	if o, over := c.reach(&cl, where+" - no response", 2); over {
		return o
	}
	c.out(where + " - accepting connections\n")
	return done(0)
}
